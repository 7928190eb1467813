"""The least policy: what is in it comes from the template's types, each as narrow as its service allows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kkinfra.errors import DeployError
from kkinfra.targets.cloudformation.plan.policy import LONGEST_MANAGED, least_policy, length
from kkinfra.targets.cloudformation.plan.policy_actions import ACTIONS
from kkinfra.targets.cloudformation.stack.place import StackPlace
from kkinfra.targets.cloudformation.stack.template import Template, read_template

GOLDEN = Path(__file__).parents[3] / "golden/production/cloudformation/stack.yaml"
PLACE = StackPlace("production", "123456789012", "ap-northeast-2", "kkambbaki-production")
IMAGE = "/aws/service/debian/release/12/latest/amd64"
READING = ("Describe", "Get", "List")


def listed(value):
    return [value] if isinstance(value, str) else value


def policy(template=None):
    return least_policy(PLACE, template or read_template(GOLDEN.read_text()), IMAGE)


def actions(found):
    return {action for each in found["Statement"] for action in listed(each["Action"])}


def made_of(*types):
    return Template("", {"Resources": {f"R{at}": {"Type": each} for at, each in enumerate(types)}})


def test_the_real_template_fits_into_a_managed_policy():
    assert length(policy()) <= LONGEST_MANAGED


def test_nothing_that_changes_something_is_allowed_everywhere():
    for each in policy()["Statement"]:
        if "*" in listed(each["Resource"]):
            assert not [one for one in listed(each["Action"]) if not one.split(":")[1].startswith(READING)]
            assert each["Condition"], each["Sid"]


def test_no_action_has_a_wildcard():
    assert not [each for each in actions(policy()) if "*" in each]


def test_what_is_done_to_resources_is_done_by_cloudformation_alone():
    via = {"aws:CalledVia": "cloudformation.amazonaws.com"}
    for each in policy()["Statement"]:
        service = listed(each["Action"])[0].split(":")[0]
        if service in {"ec2", "rds", "iam", "kms"}:
            assert each["Condition"]["ForAnyValue:StringEquals"] == via, each["Sid"]


def test_roles_are_passed_to_the_services_that_they_trust_and_to_no_other():
    (passing,) = [each for each in policy()["Statement"] if "iam:PassRole" in listed(each["Action"])]
    services = ["ec2.amazonaws.com", "monitoring.rds.amazonaws.com"]
    assert passing["Condition"]["StringEquals"] == {"iam:PassedToService": services}
    assert passing["Resource"] == "arn:aws:iam::123456789012:role/kkambbaki-production-*"


def test_names_are_those_that_cloudformation_gives():
    told = json.dumps(policy())
    assert "arn:aws:rds:ap-northeast-2:123456789012:db:kkambbaki-production-*" in told
    assert "arn:aws:cloudformation:ap-northeast-2:123456789012:stack/kkambbaki-production/*" in told
    assert f"arn:aws:ssm:ap-northeast-2::parameter{IMAGE}" in told


@pytest.mark.parametrize("kind", sorted(ACTIONS))
def test_a_type_that_is_not_in_the_template_needs_nothing(kind):
    alone, without = actions(policy(made_of(kind))), actions(policy(made_of()))
    assert alone - without == set(ACTIONS[kind]) | (
        {"secretsmanager:GetSecretValue"} if "DBInstance" in kind else set()
    )


def test_a_type_that_nobody_knows_is_an_error_that_says_where_to_add_it():
    with pytest.raises(DeployError, match=r"which permissions AWS::New::Type needs is not known here; add what it"):
        policy(made_of("AWS::New::Type"))
