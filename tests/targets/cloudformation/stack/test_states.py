"""In which state a stack is, whether it can be changed then, and how it gets out where it cannot."""

from __future__ import annotations

import pytest

from kkinfra.targets.cloudformation.stack.states import Stack, read_stack, way_out

STATUSES = [
    "CREATE_IN_PROGRESS", "CREATE_FAILED", "CREATE_COMPLETE", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_FAILED", "DELETE_COMPLETE", "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS", "IMPORT_IN_PROGRESS", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED", "IMPORT_ROLLBACK_COMPLETE",
]  # fmt: skip
"""All of them: StackStatus of botocore's service model."""


def stack(status, **more):
    return Stack("kkambbaki-production", "ap-northeast-2", status=status, **more)


@pytest.mark.parametrize("status", STATUSES)
def test_every_state_has_a_standing(status):
    expected = (
        "absent" if status == "DELETE_COMPLETE"
        else "new" if status == "REVIEW_IN_PROGRESS"
        else "busy" if status.endswith("IN_PROGRESS")
        else "ready" if status.endswith("COMPLETE") and status != "ROLLBACK_COMPLETE"
        else "stuck"
    )  # fmt: skip
    assert stack(status).standing == expected
    assert stack("").standing == "absent"


@pytest.mark.parametrize("status", [each for each in STATUSES if stack(each).standing == "stuck"])
def test_every_stuck_state_has_a_way_out_with_a_command_that_can_be_copied(status):
    told = way_out(stack(status, reason="why it is so"), ["Host"])
    assert told.startswith(f"the stack kkambbaki-production is in state {status} (why it is so): ")
    assert "aws cloudformation " in told
    assert "--region ap-northeast-2 --stack-name kkambbaki-production" in told


def test_a_creation_that_was_rolled_back_is_to_be_deleted_and_unprotected_before_where_it_is_protected():
    told = way_out(stack("ROLLBACK_COMPLETE"), [])
    assert "  aws cloudformation delete-stack --region ap-northeast-2 --stack-name kkambbaki-production" in told
    assert "termination" not in told
    protected = way_out(stack("ROLLBACK_COMPLETE", is_protected=True), []).splitlines()
    assert "--no-enable-termination-protection" in protected[1]
    assert " delete-stack " in protected[2]


def test_a_rollback_that_failed_goes_on_and_says_which_resources_could_be_skipped():
    told = way_out(stack("UPDATE_ROLLBACK_FAILED"), ["Host", "Database", "Host"])
    assert "going back failed at Database, Host" in told
    assert "--resources-to-skip Database Host`" in told


def test_a_deletion_that_failed_says_what_would_stay():
    told = way_out(stack("DELETE_FAILED"), ["Database"])
    assert "Database could not be deleted" in told
    assert "--retain-resources Database`" in told


def test_a_stack_is_read_with_its_outputs_and_the_names_of_its_parameters():
    found = read_stack("x", "us-east-1", {
        "StackId": "arn:1", "StackStatus": "UPDATE_COMPLETE", "EnableTerminationProtection": True,
        "Outputs": [{"OutputKey": "Address", "OutputValue": "203.0.113.7"}],
        "Parameters": [{"ParameterKey": "ImageId", "ParameterValue": "ami-1"}],
    })  # fmt: skip
    assert (found.outputs, found.parameters) == ((("Address", "203.0.113.7"),), ("ImageId",))
    assert found.is_well
    assert found.is_protected
