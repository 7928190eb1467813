"""`provision ENV --import`: what was made by hand comes into the stack, by a change set that does nothing else."""

from __future__ import annotations

import json

import pytest

import change_sets as made
from aws_double import STACK

IMPORTED = [(STACK, "IMPORT_IN_PROGRESS"), ("HostAddress", "IMPORT_COMPLETE"), (STACK, "IMPORT_COMPLETE")]
TAKEN = made.change("HostAddress", made.ADDRESS, "Import", PhysicalResourceId="203.0.113.7")


@pytest.fixture
def stack(aws):
    """A stack that has a network, into which an address can come."""
    aws.is_there()
    aws.template = json.dumps(
        {"Resources": {"PublicRoute": {"Type": "AWS::EC2::Route"}}, "Outputs": {"A": {"Value": "1"}}}
    )
    aws.identifiers = {"HostAddress": (made.ADDRESS, ["PublicIp", "AllocationId"])}
    aws.changes = (TAKEN,)
    aws.ends_with(*IMPORTED)
    return aws


def test_a_resource_comes_in_with_what_identifies_it_and_nothing_else_changes(stack, kkinfra, tmp_path):
    (tmp_path / "import.yaml").write_text("HostAddress: {PublicIp: 203.0.113.7, AllocationId: eipalloc-1}\n")
    done = kkinfra("provision", "production", "--yes", "--import", "import.yaml")
    assert done.code == 0, done.err
    (asked,) = stack.asked("CreateChangeSet")
    template = json.loads(asked["TemplateBody"])
    assert asked["ChangeSetType"] == "IMPORT"
    assert asked["ResourcesToImport"] == [{
        "ResourceType": made.ADDRESS, "LogicalResourceId": "HostAddress",
        "ResourceIdentifier": {"PublicIp": "203.0.113.7", "AllocationId": "eipalloc-1"},
    }]  # fmt: skip
    assert set(template["Resources"]) == {"PublicRoute", "HostAddress"}
    assert template["Resources"]["HostAddress"]["DeletionPolicy"] == "Retain"
    assert template["Outputs"] == {"A": {"Value": "1"}}
    assert "  + HostAddress (AWS::EC2::EIP): 203.0.113.7 is taken into the stack as it is" in done.lines


def test_a_resource_of_two_names_needs_both(stack, kkinfra):
    done = kkinfra("provision", "production", "--yes", "--import", "HostAddress=203.0.113.7")
    assert "  HostAddress: is identified by PublicIp, AllocationId; write that in a file, and give --import" in done.err
    assert not stack.asked("CreateChangeSet")


def test_what_cannot_be_imported_is_told_all_at_once(stack, kkinfra):
    done = kkinfra(
        "provision", "production", "--yes", "--import", "Hst=i-1", "--import", "PublicRoute=x", "--import", "Database=d"
    )
    assert done.code == 1
    assert "\n  Hst: the template has no such resource (did you mean 'Host'?)" in done.err
    assert "\n  PublicRoute: is in the stack already" in done.err
    assert (
        "\n  Database: needs DatabaseSubnetGroup, which is not in the stack; import that, too: --import Da" in done.err
    )


def test_a_type_that_the_engine_cannot_import_is_told(stack, kkinfra):
    stack.identifiers = {}
    done = kkinfra("provision", "production", "--yes", "--import", "HostAddress=203.0.113.7")
    assert "  HostAddress: CloudFormation cannot import a AWS::EC2::EIP" in done.err


@pytest.mark.parametrize("content", ["- a", "Host: [1]", "Host: {a: 1}", "{", ""])
def test_a_file_of_another_shape_says_what_to_write(stack, kkinfra, tmp_path, content):
    (tmp_path / "import.yaml").write_text(content)
    done = kkinfra("provision", "production", "--yes", "--import", "import.yaml")
    assert done.code == 1
    assert "error: --import import.yaml " in done.err


def test_the_first_resources_of_a_stack_may_be_imported(aws, kkinfra):
    aws.identifiers = {"Vpc": ("AWS::EC2::VPC", ["VpcId"])}
    aws.changes = (made.change("Vpc", "AWS::EC2::VPC", "Import", PhysicalResourceId="vpc-1"),)
    aws.ends_with(*IMPORTED)
    done = kkinfra("provision", "production", "--yes", "--import", "Vpc=vpc-1")
    assert done.code == 0, done.err
    template = json.loads(aws.asked("CreateChangeSet")[0]["TemplateBody"])
    assert set(template["Resources"]) == {"Vpc"}
    assert "Outputs" not in template
    assert not template["Parameters"]
