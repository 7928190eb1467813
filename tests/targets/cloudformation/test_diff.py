"""What `diff` tells of a stack: what provision would change, asked without changing it, or why it is not known."""

from __future__ import annotations

import sys

import pytest

import change_sets as made
from kkinfra.rendering.pipeline import open_spec, render, resolve
from kkinfra.system import extras
from kkinfra.targets.cloudformation.diff import stack_difference


@pytest.fixture
def difference(aws, kkinfra):
    def ask(name="production"):
        environment = resolve(open_spec("spec/environments.yaml"), name)
        return stack_difference(environment, render(environment), lambda _: None)

    return ask


def test_a_change_set_is_made_read_and_deleted(aws, difference):
    aws.is_there()
    aws.changes = (made.ADDED, made.REPLACED)
    found = difference()
    assert [each.action for each in found.changes] == ["add", "replace"]
    assert found.exit_code == 2
    assert "provision refuses that unless it is named" in found.targets[0].notes[0]
    assert aws.sets == {}
    assert not aws.asked("ExecuteChangeSet")


def test_nothing_differs_where_the_engine_says_so(aws, difference):
    aws.is_there()
    aws.fails_with = "The submitted information didn't contain changes."
    assert (difference().exit_code, aws.sets) == (0, {})


def test_a_stack_that_is_not_there_yet_is_all_addition_and_none_is_begun(aws, difference):
    found = difference()
    assert {each.action for each in found.changes} == {"add"}
    assert "Database (AWS::RDS::DBInstance)" in {each.identity for each in found.changes}
    assert aws.status == ""
    assert not aws.asked("CreateChangeSet")


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"])
def test_a_stack_that_cannot_be_asked_now_says_so(aws, difference, status):
    aws.is_there(status)
    found = difference()
    assert (found.exit_code, status in found.targets[0].problem) == (1, True)


def test_credentials_of_another_account_are_a_reason(aws, difference):
    aws.account = "999999999999"
    assert "belongs to account 123456789012" in difference().targets[0].problem


def test_without_boto3_it_says_what_to_install(aws, difference, monkeypatch):
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert extras.remedy("aws") in difference().targets[0].problem


def test_an_environment_without_a_stack_has_no_difference(difference):
    assert difference("alpha") is None
