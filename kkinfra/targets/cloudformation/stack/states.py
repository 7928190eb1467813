"""In which state a stack is, and what can be done then.

States: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Standing = Literal["absent", "new", "ready", "busy", "stuck"]
"""Whether a change set can be made: of type CREATE (`absent`, `new`), UPDATE (`ready`), not now, or not at all."""

OWN_TOKEN = "kkinfra-"  # noqa: S105 - it names an operation
"""What the ClientRequestToken of each operation begins with that kkinfra starts."""

_STUCK = frozenset({
    "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED",
    "UPDATE_FAILED", "IMPORT_ROLLBACK_FAILED",
})  # fmt: skip
_NEW = "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack that is there: `arn` names this very one, also once it is deleted; `reason` is the engine's."""

    name: str
    region: str
    arn: str = ""
    status: str = ""
    reason: str = ""
    outputs: tuple[tuple[str, str], ...] = ()
    parameters: tuple[str, ...] = ()
    is_protected: bool = False

    @property
    def standing(self) -> Standing:
        """What can be done with it."""
        if not self.status or self.status == "DELETE_COMPLETE":
            return "absent"
        if self.status == _NEW:
            return "new"
        if self.status in _STUCK:
            return "stuck"
        return "busy" if self.status.endswith("_IN_PROGRESS") else "ready"

    @property
    def is_well(self) -> bool:
        """Whether its last operation came to a good end: all is as the template says."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}


def read_stack(name: str, region: str, said: Mapping[str, Any]) -> Stack:
    """A stack as DescribeStacks tells it."""
    return Stack(
        name=name,
        region=region,
        arn=str(said.get("StackId", "")),
        status=str(said.get("StackStatus", "")),
        reason=str(said.get("StackStatusReason", "")),
        outputs=tuple((str(each["OutputKey"]), str(each.get("OutputValue", ""))) for each in said.get("Outputs", ())),
        parameters=tuple(str(each["ParameterKey"]) for each in said.get("Parameters", ())),
        is_protected=bool(said.get("EnableTerminationProtection")),
    )


def way_out(stack: Stack, failed: Iterable[str]) -> str:
    """What is wrong with a stack that is stuck, and the commands that free it; `failed` are resources that failed."""
    names = sorted(set(failed))
    rule = {
        "UPDATE_ROLLBACK_FAILED": _continue_rollback,
        "IMPORT_ROLLBACK_FAILED": _continue_rollback,
        "UPDATE_FAILED": _roll_back,
        "DELETE_FAILED": _delete_again,
    }.get(stack.status, _delete)
    lines = rule(stack, names)
    because = f" ({stack.reason})" if stack.reason else ""
    return "\n".join((f"the stack {stack.name} is in state {stack.status}{because}{lines[0]}", *lines[1:]))


def _delete(stack: Stack, _failed: Sequence[str]) -> list[str]:
    return [
        ": it was never completed, so it can only be deleted, then made anew. Delete it:",
        *_deletion(stack),
        f"then `{_aws(stack, 'wait', 'stack-delete-complete')}`, and this command again",
    ]


def _delete_again(stack: Stack, failed: Sequence[str]) -> list[str]:
    retained = ("--retain-resources", *failed) if failed else ()
    return [
        f": {_these(failed)} could not be deleted. See why, repair that, and delete it again:",
        f"  {_aws(stack, 'describe-stack-events')}",
        *_deletion(stack),
        *([f"or leave them in AWS, without a stack: `{_aws(stack, 'delete-stack', *retained)}`"] if failed else []),
    ]


def _deletion(stack: Stack) -> list[str]:
    unprotect = f"  {_aws(stack, 'update-termination-protection', '--no-enable-termination-protection')}"
    return [*([unprotect] if stack.is_protected else []), f"  {_aws(stack, 'delete-stack')}"]


def _continue_rollback(stack: Stack, failed: Sequence[str]) -> list[str]:
    lines = [
        f": going back failed at {_these(failed)}. Repair what hindered it, then go on:",
        f"  {_aws(stack, 'continue-update-rollback')}",
    ]
    if failed:
        skip = _aws(stack, "continue-update-rollback", "--resources-to-skip", *failed)
        lines.append(
            f"or, where that cannot be repaired, without them (they are then not as the stack thinks): `{skip}`"
        )
    return [*lines, f"then `{_aws(stack, 'wait', 'stack-rollback-complete')}`, and this command again"]


def _roll_back(stack: Stack, failed: Sequence[str]) -> list[str]:
    return [
        f": an update without rollback stopped at {_these(failed)}. Let it go back:",
        f"  {_aws(stack, 'rollback-stack')}",
        f"then `{_aws(stack, 'wait', 'stack-rollback-complete')}`, and this command again",
    ]


def _these(names: Sequence[str]) -> str:
    return ", ".join(names) or "a resource"


def follow_command(stack: Stack) -> str:
    """The command that shows what becomes of a stack, for whoever has no kkinfra at hand."""
    return _aws(stack, "describe-stack-events", "--max-items", "10")


def _aws(stack: Stack, *arguments: str) -> str:
    verb, rest = arguments[:1], arguments[1:]
    if verb == ("wait",):
        verb, rest = arguments[:2], arguments[2:]
    name = ("--region", stack.region, "--stack-name", stack.name)
    return shlex.join(("aws", "cloudformation", *verb, *name, *rest))
