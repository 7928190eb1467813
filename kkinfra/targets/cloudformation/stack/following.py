"""An operation of the engine, followed to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import AwsError, InterruptedRunError
from kkinfra.targets.cloudformation.stack.events import Story, first_failure
from kkinfra.targets.cloudformation.stack.refusals import permission_hint, without_encoded
from kkinfra.targets.cloudformation.stack.states import Stack, follow_command, way_out

if TYPE_CHECKING:
    from kkinfra.targets.cloudformation.stack.event_lines import EventLines
    from kkinfra.targets.cloudformation.stack.events import Event
    from kkinfra.targets.cloudformation.stack.live import LiveStack

_POLL_SECONDS = 3.0
_TRIES = 5
"""How often in a row AWS may be unreachable while an operation goes on there."""

_WENT_BACK = {
    "UPDATE_ROLLBACK_COMPLETE": "CloudFormation went back: all is as it was before",
    "IMPORT_ROLLBACK_COMPLETE": "CloudFormation went back: nothing was imported, and what is there was left alone",
    "ROLLBACK_COMPLETE": "CloudFormation removed what it had made",
    "DELETE_COMPLETE": "the stack was deleted",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation under way: of the stack with that ARN, since the event `after` (its beginning, where empty)."""

    live: LiveStack
    arn: str
    after: str = ""
    story: Story = field(default_factory=Story)

    def follow(self, seconds: float, tell: EventLines) -> Stack:
        """Tell each event once, until the operation has ended; returns the stack as it is then.

        Raises AwsError when the time is over, InterruptedRunError on Ctrl-C: the engine goes on in either case.
        """
        until = time.monotonic() + seconds
        try:
            while not self._has_ended(tell):
                if self.is_late(until):
                    raise AwsError(f"still under way after {seconds:.0f} s ({self._under_way()}); {self._goes_on()}")
                tell.still(f"still under way: {self._under_way()}")
                time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            raise InterruptedRunError(f"interrupted, and nothing was stopped; {self._goes_on()}") from None
        return self.live.look(self.arn)

    def is_late(self, until: float) -> bool:
        """Whether the time is over."""
        return time.monotonic() > until

    def _has_ended(self, tell: EventLines) -> bool:
        for line in self.story.hear(self._events(tell)):
            tell(line)
        last = next((each for each in reversed(self.story.events) if each.is_of_stack), None)
        return last is not None and not last.status.endswith("_IN_PROGRESS")

    def _events(self, tell: EventLines) -> list[Event]:
        for left in reversed(range(_TRIES)):
            try:
                return self.live.operation(self.arn, self.after)
            except AwsError as error:
                if not left:
                    raise AwsError(f"{error}\n{self._goes_on()}", error.code) from error
                tell(f"AWS does not answer ({str(error)[:120]}); asking again")
                time.sleep(_POLL_SECONDS)
        return []

    def _under_way(self) -> str:
        return ", ".join(self.story.under_way) or "no resource is told"

    def _goes_on(self) -> str:
        place = self.live.api.place
        stack = Stack(place.stack, place.region)
        return (
            f"CloudFormation goes on by itself. `kkinfra provision {place.environment}` follows it again; "
            f"so does `{follow_command(stack)}`"
        )


def refuse_failure(live: LiveStack, stack: Stack, story: Story) -> None:
    """Raise AwsError where an operation failed: the first failure with its reason, and what the engine did."""
    if stack.is_well:
        return
    failure = first_failure(story.events)
    why = cause(failure, live.api.place.environment) if failure else stack.reason or "no reason was given"
    told = [why, _WENT_BACK.get(stack.status, f"the stack is in state {stack.status}")]
    if stack.standing == "stuck":
        told.append(way_out(stack, live.failed_resources()))
    raise AwsError("\n".join(told), stack.status)


def cause(event: Event, environment: str) -> str:
    """The failure of a resource, or of the stack, with the engine's reason and what helps."""
    hint = permission_hint(event.reason, environment)
    of = f"{event.logical_id} ({event.type})" if not event.is_of_stack else f"the stack {event.logical_id}"
    told = f"{of} failed: {without_encoded(event.reason) or event.status}"
    return f"{told}\n{hint}" if hint else told
