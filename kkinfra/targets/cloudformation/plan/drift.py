"""Drift: what somebody changed by hand, as CloudFormation finds it when it is asked to look."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT, Change, FieldChange
from kkinfra.errors import AwsError
from kkinfra.targets.cloudformation.plan.telling import TARGET, field_changes
from kkinfra.targets.cloudformation.stack.values import read_value, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kkinfra.targets.cloudformation.stack.live import LiveStack

_POLL_SECONDS = 2.0
_SERVICE = "cloudformation"


def detect(live: LiveStack, seconds: float) -> tuple[list[Change], list[str]]:
    """Let the engine look; returns what differs, and which resources it cannot look at.

    Raises AwsError where it fails, or has not ended in time.
    """
    begun = live.api.ask(_SERVICE, "DetectStackDrift", StackName=live.name)
    asked = {"StackDriftDetectionId": begun["StackDriftDetectionId"]}
    until = time.monotonic() + seconds
    while (said := live.api.ask(_SERVICE, "DescribeStackDriftDetectionStatus", **asked))["DetectionStatus"] == (
        "DETECTION_IN_PROGRESS"
    ):
        if time.monotonic() > until:
            raise AwsError(f"CloudFormation still looks for drift after {seconds:.0f} s; try again with --timeout")
        time.sleep(_POLL_SECONDS)
    found = list(live.api.each(_SERVICE, "DescribeStackResourceDrifts", "StackResourceDrifts", StackName=live.name))
    if said["DetectionStatus"] == "DETECTION_FAILED" and not found:
        raise AwsError(
            f"CloudFormation could not look for drift: {said.get('DetectionStatusReason', 'it says no why')}"
        )
    return list(drifted(found)), unseen(found, str(said.get("DetectionStatusReason", "")))


def drifted(found: Iterable[Mapping[str, Any]]) -> Iterator[Change]:
    """A change back to the template for each resource that is not as the template has it; values: actual, expected."""
    for each in found:
        status = each.get("StackResourceDriftStatus")
        identity = f"{each.get('LogicalResourceId')} ({each.get('ResourceType')})"
        if status == "DELETED":
            yield Change(TARGET, identity, "add", note="it was deleted", drift=True)
        elif status == "MODIFIED":
            fields = tuple(field for one in each.get("PropertyDifferences", ()) for field in _fields(one))
            yield Change(TARGET, identity, "change", fields, drift=True)


def unseen(found: Iterable[Mapping[str, Any]], reason: str) -> list[str]:
    """What the engine could not look at, a line each."""
    lines = [
        f"{each.get('LogicalResourceId')}: {each.get('DriftStatusReason') or 'CloudFormation could not look at it'}"
        for each in found
        if each.get("StackResourceDriftStatus") in {"UNKNOWN", "NOT_CHECKED"}
    ]
    return [*lines, *([reason] if reason else [])]


def _fields(said: Mapping[str, Any]) -> Iterator[FieldChange]:
    """From what is there to what the template has; what was added by hand is to go, and what was removed to come."""
    path = str(said.get("PropertyPath", "")).strip("/").replace("/", ".")
    values = [without_secrets(path, read_value(said.get(key))) for key in ("ActualValue", "ExpectedValue")]
    absent = {"REMOVE": 0, "ADD": 1}.get(str(said.get("DifferenceType")))
    if absent is not None:
        values[absent] = ABSENT
    yield from field_changes(path, *values)
