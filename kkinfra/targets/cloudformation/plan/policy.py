"""The least policy of IAM that provisioning needs: for the stack itself, and for what CloudFormation then does.

ARNs and condition keys: https://docs.aws.amazon.com/service-authorization/latest/reference/.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kkinfra.errors import DeployError
from kkinfra.host.plain import items, mapping
from kkinfra.targets.cloudformation.plan.policy_actions import ACTIONS
from kkinfra.values.plain import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.targets.cloudformation.stack.place import StackPlace
    from kkinfra.targets.cloudformation.stack.template import Template

Statement = dict[str, Any]

LONGEST_MANAGED = 6_144
"""Characters without white space that a managed policy may have; one that is inline in a role may have 10,240.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

OF_THE_STACK = (
    "cloudformation:CreateChangeSet", "cloudformation:DeleteChangeSet", "cloudformation:DeleteStack",
    "cloudformation:DescribeChangeSet", "cloudformation:DescribeStackEvents", "cloudformation:DescribeStacks",
    "cloudformation:ExecuteChangeSet", "cloudformation:GetTemplate", "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources", "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DetectStackDrift",
)  # fmt: skip
"""What kkinfra asks CloudFormation about the one stack."""

WITHOUT_ARN = (
    "cloudformation:DescribeEvents", "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:GetTemplateSummary",
)  # fmt: skip
"""What it asks besides, where IAM knows no resource to limit it to; it tells no secret."""

NEEDS_NOTHING = frozenset({"sts:GetCallerIdentity"})
"""Everybody may, whatever a policy says (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html)."""

_VIA_CLOUDFORMATION = {"ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}}
_WHOLE_SERVICE = ("ec2:Describe", "rds:Describe", "iam:List")
_SERVICE_LINKED = "iam:CreateServiceLinkedRole"
_PASS = "iam:PassRole"  # noqa: S105 - an action
_RDS = "rds.amazonaws.com"
_ROLE = "AWS::IAM::Role"
_DATABASE = "AWS::RDS::DBInstance"


def least_policy(place: StackPlace, template: Template, image_parameter: str, partition: str = "aws") -> dict[str, Any]:
    """The policy as IAM takes it; `image_parameter` is the public parameter that names the host's image.

    Raises DeployError for types of resources whose actions nobody here knows.
    """
    types = set(template.types.values())
    unknown = sorted(types - ACTIONS.keys())
    if unknown:
        remedy = "add what it needs to kkinfra/targets/cloudformation/plan/policy_actions.py"
        raise DeployError(f"which permissions {', '.join(unknown)} needs is not known here; {remedy}")
    arns = _Arns(place, partition)
    actions = {action for each in types for action in ACTIONS[each]}
    return {
        "Version": "2012-10-17",
        "Statement": [*_own(arns, image_parameter, types), *_on_behalf(arns, actions, _trusted(template))],
    }


def length(policy: dict[str, Any]) -> int:
    """Its characters, as IAM counts them."""
    return len(json.dumps(policy, separators=(",", ":")))


class _Arns:
    """Resources as policies name them, in one account and region."""

    def __init__(self, place: StackPlace, partition: str) -> None:
        self.place, self._partition = place, partition

    def of(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        where = self.place.region if region is None else region
        whose = self.place.account if account is None else account
        return f"arn:{self._partition}:{service}:{where}:{whose}:{resource}"

    def named(self, service: str, *kinds: str) -> list[str]:
        """What CloudFormation makes of these kinds: it begins their names with that of the stack."""
        stack = self.place.stack.lower() if service == "rds" else self.place.stack
        return [self.of(service, f"{kind}{stack}-*", region="" if service == "iam" else None) for kind in kinds]


def _own(arns: _Arns, image_parameter: str, types: set[str]) -> Iterator[Statement]:
    """What kkinfra itself asks AWS."""
    yield _allow("Stack", OF_THE_STACK, [arns.of("cloudformation", f"stack/{arns.place.stack}/*")])
    yield _allow("Looking", WITHOUT_ARN, ["*"], {"StringEquals": {"aws:RequestedRegion": arns.place.region}})
    yield _allow("Image", ["ssm:GetParameter"], [arns.of("ssm", f"parameter{image_parameter}", account="")])
    if _DATABASE in types:
        secret = arns.of("secretsmanager", "secret:rds!db-*")
        yield _allow("DatabaseRole", ["secretsmanager:GetSecretValue"], [secret])


def _on_behalf(arns: _Arns, actions: set[str], trusted: list[str]) -> Iterator[Statement]:
    """What CloudFormation does with the rights of the user who asks it, and only then."""
    via = _VIA_CLOUDFORMATION
    looking = {each for each in actions if each.startswith(_WHOLE_SERVICE)}
    special = {_PASS, _SERVICE_LINKED}
    left = actions - looking - special
    yield from _some("Observing", looking, ["*"], via)
    ec2 = [arns.of("ec2", "*"), arns.of("ec2", "image/*", account="")]
    yield from _some("Network", {each for each in left if each.startswith("ec2:")}, ec2, via)
    iam = arns.named("iam", "role/", "instance-profile/")
    yield from _some("Roles", {each for each in left if each.startswith("iam:")}, iam, via)
    rds = [*arns.named("rds", "db:", "subgrp:", "pg:", "snapshot:"), arns.of("rds", "og:default:*")]
    yield from _some("Database", {each for each in left if each.startswith("rds:")}, rds, via)
    secret = [arns.of("secretsmanager", "secret:rds!db-*")]
    yield from _some("MasterSecret", {each for each in left if each.startswith("secretsmanager:")}, secret, via)
    keys = [arns.of("kms", "key/*")]
    yield from _some("Keys", {each for each in left if each.startswith("kms:")}, keys, via)
    passing = {"StringEquals": {"iam:PassedToService": trusted}}
    yield from _some("PassingRoles", actions & {_PASS}, arns.named("iam", "role/"), via | passing)
    linked = [arns.of("iam", f"role/aws-service-role/{_RDS}/AWSServiceRoleForRDS", region="")]
    once = {"StringEquals": {"iam:AWSServiceName": _RDS}}
    yield from _some("RoleOfRds", actions & {_SERVICE_LINKED}, linked, via | once)


def _some(sid: str, actions: set[str], resources: list[str], condition: Statement) -> Iterator[Statement]:
    if actions:
        yield _allow(sid, actions, resources, condition)


def _allow(sid: str, actions: Iterable[str], resources: list[str], condition: Statement | None = None) -> Statement:
    said = {"Sid": sid, "Effect": "Allow", "Action": _one(sorted(actions)), "Resource": _one(resources)}
    return said | ({"Condition": condition} if condition else {})


def _one(values: list[str]) -> list[str] | str:
    """A list of one as what is in it, since IAM counts characters."""
    return values[0] if len(values) == 1 else values


def _trusted(template: Template) -> list[str]:
    """The services that the roles of a template trust, to which they are therefore passed."""
    found: set[str] = set()
    for each in template.resources.values():
        if each.get("Type") == _ROLE:
            document = mapping(mapping(each.get("Properties")).get("AssumeRolePolicyDocument"))
            for statement in map(mapping, items(document.get("Statement"))):
                said = mapping(statement.get("Principal")).get("Service", ())
                found |= set(said) if is_list(said) else {str(said)}
    return sorted(found)
