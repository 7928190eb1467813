"""A line of a container's log, with its time.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.targets.kubernetes.client.log_sources import LogPlace

_TIMED = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.(?P<rest>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)( (?P<said>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True, order=True)
class TimedLine:
    """What a container printed, and when: UTC, with nanoseconds, so that the texts of times sort as the times do."""

    at: str
    place: LogPlace
    text: str


def lines(place: LogPlace, texts: Iterable[str], after: str = "") -> Iterator[TimedLine]:
    """The lines that were printed later than `after`.

    The time is the node's, which may be in any zone; what has none is the kubelet's own, and of the time of the line
    before.
    """
    at = after
    for text in texts:
        timed = _TIMED.fullmatch(text)
        if timed is None:
            yield TimedLine(at, place, text)
        elif (then := _utc(timed)) > after:
            at = then
            yield TimedLine(at, place, timed["said"] or "")


def whole_second(at: str) -> str:
    """A time as the API takes it for `sinceTime`: it knows no parts of a second (metav1.Time)."""
    return f"{at[:19]}Z" if at else ""


def _utc(timed: re.Match[str]) -> str:
    second = timed["second"]
    if timed["zone"] != "Z":
        second = datetime.fromisoformat(f"{second}{timed['zone']}").astimezone(UTC).isoformat()[:19]
    return f"{second}.{(timed['rest'] or '').ljust(9, '0')}Z"
