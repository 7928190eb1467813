"""The policy against what is really asked: every call of every flow is allowed, and nothing that no flow asks."""

from __future__ import annotations

import json
from pathlib import Path

import cfnlint
import pytest
from botocore.session import get_session

import change_sets as made
from aws_double import STACK
from kkinfra.targets.cloudformation.plan.policy import NEEDS_NOTHING
from kkinfra.targets.cloudformation.plan.policy_actions import ACTIONS

CHANGED = [(STACK, "UPDATE_IN_PROGRESS"), (STACK, "UPDATE_COMPLETE")]
WENT_WRONG = [(STACK, "UPDATE_IN_PROGRESS"), ("Host", "UPDATE_FAILED", "x"), (STACK, "UPDATE_ROLLBACK_FAILED")]
OF_KKINFRA = {"Stack", "Looking", "Image", "DatabaseRole"}
SCHEMAS = Path(cfnlint.__file__).parent / "data/schemas"
CHANGES = {
    "create": ("Create", "Allocate", "Run", "Attach", "Associate"),
    "delete": ("Delete", "Release", "Terminate", "Detach", "Disassociate"),
}  # fmt: skip
BESIDES = {"ec2:CreateTags", "ec2:DeleteTags", "iam:CreateServiceLinkedRole"}
"""What does not make the resource itself."""

NOT_AN_OPERATION = {"iam:PassRole"}
"""Permissions that are asked for along with others."""


def listed(value):
    return [value] if isinstance(value, str) else value


@pytest.fixture
def policy(kkinfra):
    found = json.loads(kkinfra("provision", "production", "--policy").out)
    return {each["Sid"]: each for each in found["Statement"]}


def flows(aws, kkinfra):
    """Every flow there is, one after the other."""
    aws.changes = (made.ADDED,)
    kkinfra("provision", "production", "--dry-run", "--key", "key.pub")
    aws.ends_with((STACK, "CREATE_IN_PROGRESS"), (STACK, "CREATE_COMPLETE"))
    kkinfra("provision", "production", "--yes", "--key", "key.pub")
    aws.fails_with = "[AWS::EarlyValidation::PropertyValidation]"
    kkinfra("provision", "production", "--yes")
    aws.fails_with = ""
    kkinfra("provision", "production", "--drift")
    aws.template = json.dumps({"Resources": {"PublicRoute": {"Type": "AWS::EC2::Route"}}})
    aws.identifiers = {"HostAddress": (made.ADDRESS, ["PublicIp"])}
    aws.ends_with(*CHANGED)
    kkinfra("provision", "production", "--yes", "--import", "HostAddress=203.0.113.7")
    aws.ends_with(*WENT_WRONG)
    kkinfra("provision", "production", "--yes")


def test_every_call_is_allowed_and_nothing_else(aws, kkinfra, policy):
    flows(aws, kkinfra)
    allowed = {action for sid in OF_KKINFRA for action in listed(policy[sid]["Action"])}
    asked = {name for name, _ in aws.calls} - NEEDS_NOTHING
    assert asked | {"secretsmanager:GetSecretValue"} == allowed


def schema(kind):
    regions = json.loads((SCHEMAS / "providers/ap-northeast-2.json").read_text())
    name = regions[kind]
    return json.loads((SCHEMAS / "resources" / (name if name.endswith(".json") else f"{name}.json")).read_text())


@pytest.mark.parametrize("kind", sorted(ACTIONS))
def test_what_a_type_needs_is_what_its_handlers_ask(kind):
    """The registry's own schemas, as cfn-lint carries them, say what CloudFormation asks for each type."""
    found = schema(kind)
    handlers = {name: set(each["permissions"]) for name, each in found["handlers"].items()}
    known = set().union(*handlers.values(), found.get("tagging", {}).get("permissions", ()))
    assert set(ACTIONS[kind]) <= known
    for name in ("create", "delete"):
        changing = {each for each in handlers[name] if each.split(":")[1].startswith(CHANGES[name])} - BESIDES
        assert changing & set(ACTIONS[kind]), name


def test_every_action_is_an_operation_of_its_service(policy):
    session = get_session()
    models = {}
    for action in {each for one in policy.values() for each in listed(one["Action"])} - NOT_AN_OPERATION:
        service, _, operation = action.partition(":")
        models.setdefault(service, session.get_service_model(service))
        assert operation in models[service].operation_names, action
