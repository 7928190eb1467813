"""The state of all that is watched, as the status page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from monitor.models import State, Target
from monitor.selectors.days import Day, days_of, overall_uptime
from monitor.selectors.incidents import RECENT, Outage, outages
from monitor.selectors.latencies import Latencies, latencies_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

MISSED_PROBES = 3
SLACK = timedelta(seconds=60)


class Overall(StrEnum):
    """What is true of all targets together."""

    EMPTY = "empty"
    UNPROBED = "unprobed"
    STALE = "stale"
    UP = "up"
    SOME_DOWN = "some_down"
    ALL_DOWN = "all_down"


@dataclass(frozen=True, slots=True)
class TargetStatus:
    """A target, its last 90 days (the oldest first), the share of good probes in them (0 to 1), and its last hour."""

    target: Target
    days: tuple[Day, ...]
    uptime: float | None
    latencies: Latencies


@dataclass(frozen=True, slots=True)
class Overview:
    """All enabled targets in the page's order, and their incidents.

    `stale_since` is the time of the newest probe if that is older than it should be.
    """

    now: datetime
    overall: Overall
    stale_since: datetime | None
    targets: tuple[TargetStatus, ...]
    open: tuple[Outage, ...]
    recent: tuple[Outage, ...]

    @property
    def down(self) -> int:
        """How many targets are down."""
        return sum(status.target.state == State.DOWN for status in self.targets)


def overview(now: datetime) -> Overview:
    """Read all that the status page shows; four queries, however many targets there are."""
    targets = list(Target.objects.filter(enabled=True))
    stale_since = silent_since(targets, now)
    found = outages([target.pk for target in targets], now - RECENT)
    return Overview(
        now=now,
        overall=_overall(targets, stale=stale_since is not None),
        stale_since=stale_since,
        targets=statuses(targets, now),
        open=tuple(outage for outage in found if outage.closed_at is None),
        recent=tuple(outage for outage in found if outage.closed_at is not None),
    )


def statuses(targets: Sequence[Target], now: datetime) -> tuple[TargetStatus, ...]:
    """Read the days and the last hour of these targets; two queries."""
    ids = [target.pk for target in targets]
    days, latencies = days_of(ids, now), latencies_of(ids, now)
    return tuple(
        TargetStatus(target, days[target.pk], overall_uptime(days[target.pk]), latencies.get(target.pk, Latencies()))
        for target in targets
    )


def silent_since(targets: Sequence[Target], now: datetime) -> datetime | None:
    """When the newest probe was, if its target should have been probed `MISSED_PROBES` times since; else None.

    `SLACK` is for probes under way, and for a worker that is being restarted.
    """
    probed = [(target.last_probed_at, target.interval_seconds) for target in targets if target.last_probed_at]
    if not probed:
        return None
    newest, interval = max(probed)
    late = now - newest > MISSED_PROBES * timedelta(seconds=interval) + SLACK
    return newest if late else None


def _overall(targets: Sequence[Target], *, stale: bool) -> Overall:
    states = [target.state for target in targets]
    if not states:
        return Overall.EMPTY
    if stale:
        return Overall.STALE
    if all(state == State.UNKNOWN for state in states):
        return Overall.UNPROBED
    if all(state == State.DOWN for state in states):
        return Overall.ALL_DOWN
    return Overall.SOME_DOWN if State.DOWN in states else Overall.UP
