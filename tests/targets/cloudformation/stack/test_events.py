"""The events of a stack: told once each, with seconds, and the failure that is the cause found among the rest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kkinfra.targets.cloudformation.stack.events import Story, first_failure, read_event

BEGAN = datetime(2026, 11, 25, tzinfo=UTC)
STACK = "arn:aws:cloudformation:ap-northeast-2:123456789012:stack/kkambbaki-production/1"


def event(number, logical_id, status, reason="", seconds=0, *, of_stack=False):
    return read_event({
        "EventId": f"e{number}", "LogicalResourceId": logical_id, "ResourceStatus": status, "StackId": STACK,
        "PhysicalResourceId": STACK if of_stack else f"id-of-{logical_id}", "ResourceStatusReason": reason,
        "Timestamp": BEGAN + timedelta(seconds=seconds), "ResourceType": "AWS::X::Y",
    })  # fmt: skip


FAILED = [
    event(1, "kkambbaki-production", "UPDATE_IN_PROGRESS", "User Initiated", of_stack=True),
    event(2, "Database", "UPDATE_IN_PROGRESS"),
    event(3, "Host", "UPDATE_IN_PROGRESS"),
    event(4, "Host", "UPDATE_FAILED", "Resource update cancelled", 30),
    event(5, "Database", "UPDATE_FAILED", "Cannot downgrade\n allocated storage", 31),
    event(6, "kkambbaki-production", "UPDATE_ROLLBACK_IN_PROGRESS",
          "The following resource(s) failed to update: [Host, Database].", 32, of_stack=True),
    event(7, "Database", "UPDATE_COMPLETE", "", 60),
    event(8, "kkambbaki-production", "UPDATE_ROLLBACK_COMPLETE", "", 61, of_stack=True),
]  # fmt: skip


def test_the_first_failure_is_the_cause_and_not_what_was_cancelled_for_it():
    assert first_failure(FAILED).logical_id == "Database"
    assert first_failure(FAILED).reason == "Cannot downgrade allocated storage"


def test_where_no_resource_says_why_the_stack_does():
    refused = event(1, "kkambbaki-production", "ROLLBACK_FAILED", "Access denied for hook", of_stack=True)
    assert first_failure([refused]) == refused
    assert first_failure([event(1, "Host", "CREATE_COMPLETE")]) is None


def test_where_all_were_cancelled_the_first_of_them_is_told():
    cancelled = [event(each, f"R{each}", "CREATE_FAILED", "Resource creation cancelled") for each in (1, 2)]
    assert first_failure(cancelled).logical_id == "R1"


def test_each_event_is_told_once_with_the_seconds_that_the_resource_took():
    story = Story()
    assert list(story.hear(FAILED[:3])) == ["updating Database", "updating Host"]
    assert story.under_way == ("Database", "Host")
    assert list(story.hear(FAILED)) == [
        "Host: update failed in 30 s: Resource update cancelled",
        "Database: update failed in 31 s: Cannot downgrade allocated storage",
        "going back to the state before",
        "updated Database",
    ]
    assert list(story.hear(FAILED)) == []
    assert story.under_way == ()


def test_what_a_resource_says_twice_while_it_is_made_is_one_line():
    heard = [event(each, "Host", "CREATE_IN_PROGRESS", "Resource creation Initiated") for each in (1, 2)]
    assert list(Story().hear([*heard, event(3, "Host", "CREATE_COMPLETE", "", 12)])) == [
        "creating Host", "created Host in 12 s",
    ]  # fmt: skip


def test_what_stays_in_aws_is_told():
    assert list(Story().hear([event(1, "Database", "DELETE_SKIPPED")])) == ["left Database in AWS"]


STATUS = st.sampled_from(["CREATE", "UPDATE", "DELETE", "IMPORT", "NEW", "UPDATE_ROLLBACK"]).flatmap(
    lambda deed: st.sampled_from(["IN_PROGRESS", "COMPLETE", "FAILED", "SKIPPED", "X"]).map(lambda how: f"{deed}_{how}")
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("ABC"), STATUS, st.text(max_size=5), st.booleans()), max_size=12))
def test_whatever_happens_is_told_and_a_failure_is_found_where_there_is_one(heard):
    events = [event(at, name, status, why, at, of_stack=own) for at, (name, status, why, own) in enumerate(heard)]
    lines = list(Story().hear(events))
    failed = [each for each in events if each.is_failure]
    assert (first_failure(events) in failed) == bool(failed)
    for each in events:
        if not each.is_of_stack and not each.status.endswith("IN_PROGRESS"):
            assert any(each.logical_id in line for line in lines)
