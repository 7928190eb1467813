"""Making a change set: what CloudFormation itself would change, before anything is."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.errors import AwsError, DeployError
from kkinfra.targets.cloudformation.stack.refusals import permission_hint, without_encoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kkinfra.targets.cloudformation.stack.change_set import ChangeSet
    from kkinfra.targets.cloudformation.stack.live import LiveStack
    from kkinfra.targets.cloudformation.stack.states import Stack

LARGEST_TEMPLATE = 51_200
"""Bytes that a request takes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

_POLL_SECONDS = 1.0
_VALIDATION = "EarlyValidation"


@dataclass(frozen=True, slots=True)
class WantedStack:
    """What a stack should be: the template, values of its parameters, and what is imported into it.

    `values` are those that are not the ones of before. `why` goes into the change set's description.
    """

    body: str
    parameters: Sequence[str]
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    imports: tuple[dict[str, Any], ...] = ()
    why: str = ""


def make_change_set(live: LiveStack, stack: Stack, wanted: WantedStack, name: str, seconds: float) -> ChangeSet:
    """A change set that can be executed, or an empty one, which is deleted already.

    Raises DeployError where the engine can make none, and AwsError where it does not answer in time.
    """
    size = len(wanted.body.encode())
    if size > LARGEST_TEMPLATE:
        raise DeployError(f"the template has {size} bytes, and CloudFormation takes {LARGEST_TEMPLATE} at most")
    asked = live.create_change_set(_type(stack, wanted), name, **_given(stack, wanted))
    try:
        found = _await(live, asked.arn, seconds)
    except BaseException:
        with suppress(AwsError):
            live.delete_change_set(asked)
        raise
    if found.is_empty:
        live.delete_change_set(found)
    elif found.status != "CREATE_COMPLETE":
        problem = _problem(live, found)
        live.delete_change_set(found)
        raise DeployError(problem)
    return found


def refuse_stale(found: ChangeSet) -> None:
    """Raise DeployError where a change set cannot be executed any more."""
    if found.execution == "OBSOLETE":
        raise DeployError("the stack was changed since this change set was made, so nothing was done; look again")
    if found.execution != "AVAILABLE":
        raise DeployError(f"this change set cannot be executed ({found.execution or 'it is gone'}); make a new one")


def _type(stack: Stack, wanted: WantedStack) -> str:
    if wanted.imports:
        return "IMPORT"
    return "CREATE" if stack.standing in {"absent", "new"} else "UPDATE"


def _given(stack: Stack, wanted: WantedStack) -> dict[str, Any]:
    """What the change set is made of; a parameter without a value keeps that of before."""
    there = stack.parameters if stack.standing == "ready" else ()
    kept = [name for name in wanted.parameters if name not in wanted.values and name in there]
    parameters = [
        *({"ParameterKey": name, "ParameterValue": value} for name, value in wanted.values.items()),
        *({"ParameterKey": name, "UsePreviousValue": True} for name in kept),
    ]
    given: dict[str, Any] = {"TemplateBody": wanted.body, "Parameters": parameters}
    if wanted.imports:
        given["ResourcesToImport"] = list(wanted.imports)
    return given | ({"Description": wanted.why} if wanted.why else {})


def _await(live: LiveStack, arn: str, seconds: float) -> ChangeSet:
    until = time.monotonic() + seconds
    while (found := live.change_set(arn)).is_pending:
        if time.monotonic() > until:
            raise AwsError(f"CloudFormation still computes the change set after {seconds:.0f} s; try again later")
        time.sleep(_POLL_SECONDS)
    return found


def _problem(live: LiveStack, found: ChangeSet) -> str:
    """Why the engine made no change set; where its checks found something, what and where."""
    lines = live.validation_errors(found.arn) if _VALIDATION in found.reason else []
    told = "".join(f"\n  {line}" for line in lines)
    hint = permission_hint(found.reason, live.api.place.environment)
    reason = without_encoded(found.reason) or f"its status is {found.status}"
    return f"CloudFormation can make no change set, and nothing was changed: {hint or reason}{told}"
