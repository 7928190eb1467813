"""The events of a stack: each told once, and among those that failed the one that is the cause.

Fields: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

_CASCADE = (
    "Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled",
    "Resource import cancelled", "The following resource(s) failed to",
)  # fmt: skip
"""Reasons that CloudFormation gives for what fails because something else did."""

_DEEDS = {"CREATE": "creating", "UPDATE": "updating", "DELETE": "deleting", "IMPORT": "importing"}
_DONE = {"CREATE": "created", "UPDATE": "updated", "DELETE": "deleted", "IMPORT": "imported"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a resource, or to the stack itself (`is_of_stack`). `reason` is the engine's."""

    id: str
    logical_id: str
    type: str
    status: str
    at: datetime | None
    reason: str = ""
    token: str = ""
    is_of_stack: bool = False

    @property
    def is_failure(self) -> bool:
        """Whether something failed here."""
        return self.status.endswith("_FAILED")

    @property
    def is_cause(self) -> bool:
        """Whether something failed here, and not only because something else had."""
        return self.is_failure and not self.reason.startswith(_CASCADE)


def read_event(said: Mapping[str, Any]) -> Event:
    """An event as DescribeStackEvents tells it."""
    return Event(
        id=str(said.get("EventId", "")),
        logical_id=str(said.get("LogicalResourceId", "")),
        type=str(said.get("ResourceType", "")),
        status=str(said.get("ResourceStatus", "")),
        at=said.get("Timestamp"),
        reason=" ".join(str(said.get("ResourceStatusReason") or said.get("HookStatusReason") or "").split()),
        token=str(said.get("ClientRequestToken", "")),
        is_of_stack=said.get("PhysicalResourceId") == said.get("StackId"),
    )


def first_failure(events: Iterable[Event]) -> Event | None:
    """The event that is the cause of a failure: the first of a resource, in the order in which they happened.

    Where no resource says why, that of the stack itself; None where nothing failed.
    """
    failed = [each for each in events if each.is_failure]
    causes = [each for each in failed if each.is_cause]
    of_resources = [each for each in causes if not each.is_of_stack]
    return next(iter([*of_resources, *causes, *failed]), None)


@dataclass(slots=True)
class Story:
    """The events of one operation, as lines: each once, with the seconds that a resource took.

    `events` are all that were heard, in the order in which they happened. `under_way` are the resources at work.
    """

    events: list[Event] = field(default_factory=list[Event])
    _seen: set[str] = field(default_factory=set[str])
    _began: dict[str, datetime | None] = field(default_factory=dict[str, "datetime | None"])

    def hear(self, events: Iterable[Event]) -> Iterator[str]:
        """A line for each event that is new; `events` are in the order in which they happened."""
        for event in events:
            if event.id in self._seen:
                continue
            self._seen.add(event.id)
            self.events.append(event)
            yield from self._line(event)

    @property
    def under_way(self) -> tuple[str, ...]:
        """The resources that were begun and have not ended, in that order."""
        return tuple(self._began)

    def _line(self, event: Event) -> Iterator[str]:
        if event.is_of_stack:
            yield from _of_stack(event)
            return
        deed, _, how = event.status.partition("_")
        if how == "IN_PROGRESS":
            if event.logical_id not in self._began:
                self._began[event.logical_id] = event.at
                yield f"{_DEEDS.get(deed, event.status)} {event.logical_id}"
            return
        took = _seconds(self._began.pop(event.logical_id, None), event.at)
        yield f"{_how_it_ended(event, deed, how)}{took}{f': {event.reason}' if event.is_failure else ''}"


def _how_it_ended(event: Event, deed: str, how: str) -> str:
    if how == "COMPLETE" and deed in _DONE:
        return f"{_DONE[deed]} {event.logical_id}"
    if how == "SKIPPED":
        return f"left {event.logical_id} in AWS"
    return f"{event.logical_id}: {event.status.lower().replace('_', ' ')}"


def _of_stack(event: Event) -> Iterator[str]:
    """Of the stack's own events only that it goes back is news; its beginning and end are told by whoever follows."""
    if event.status.endswith("ROLLBACK_IN_PROGRESS"):
        yield "going back to the state before"


def _seconds(began: datetime | None, ended: datetime | None) -> str:
    return f" in {(ended - began).total_seconds():.0f} s" if began and ended else ""
