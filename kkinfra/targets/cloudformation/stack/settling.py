"""Before a stack can be changed: whatever is under way is followed or waited for, and what is stuck is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import AwsError
from kkinfra.targets.cloudformation.stack.events import first_failure
from kkinfra.targets.cloudformation.stack.following import Operation, cause, refuse_failure
from kkinfra.targets.cloudformation.stack.states import OWN_TOKEN, follow_command, way_out

if TYPE_CHECKING:
    from kkinfra.targets.cloudformation.stack.event_lines import EventLines
    from kkinfra.targets.cloudformation.stack.events import Event
    from kkinfra.targets.cloudformation.stack.live import LiveStack
    from kkinfra.targets.cloudformation.stack.states import Stack


def settled(live: LiveStack, seconds: float, wait: float, tell: EventLines) -> Stack:
    """The stack, once it can be changed. An operation of kkinfra's own is followed for `seconds`, others for `wait`.

    Raises AwsError where an operation of our own fails, one of others goes on, or the stack is stuck.
    """
    stack = live.look()
    while stack.standing == "busy":
        stack = _after_operation(live, stack, seconds, wait, tell)
    if stack.standing == "stuck":
        raise AwsError(_stuck(live, stack), stack.status)
    return stack


def _after_operation(live: LiveStack, stack: Stack, seconds: float, wait: float, tell: EventLines) -> Stack:
    events = live.operation(stack.arn)
    is_own = any(each.token.startswith(OWN_TOKEN) for each in events)
    if not is_own and not wait:
        raise AwsError(_busy(stack, events), stack.status)
    whose = "that kkinfra began" if is_own else "of somebody else"
    tell(f"an operation {whose} is under way ({stack.status}); following it")
    operation = Operation(live, stack.arn)
    found = operation.follow(seconds if is_own else wait, tell)
    if is_own:
        refuse_failure(live, found, operation.story)
    return live.look()


def _busy(stack: Stack, events: list[Event]) -> str:
    began = next((each.at for each in events if each.at), None)
    since = f" since {began:%Y-%m-%d %H:%M} UTC" if began else ""
    return (
        f"somebody else changes the stack {stack.name} ({stack.status}{since}), so nothing was done; wait for it with "
        f"--lock-wait S, or see what happens: `{follow_command(stack)}`"
    )


def _stuck(live: LiveStack, stack: Stack) -> str:
    """The way out, and before it the failure that led there, where the events still tell."""
    failure = first_failure(live.operation(stack.arn))
    why = f"{cause(failure, live.api.place.environment)}\n" if failure else ""
    return f"{why}{way_out(stack, live.failed_resources())}"
