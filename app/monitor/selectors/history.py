"""The history of one target, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.models import HourlyFigures, Target
from monitor.selectors.days import DAYS
from monitor.selectors.incidents import Outage, outages
from monitor.selectors.status import TargetStatus, silent_since, statuses
from monitor.services.rollups import floor

if TYPE_CHECKING:
    from collections.abc import Mapping

HOURS = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour (UTC): its probes, and the latency of the good ones in ms; None where nothing is known of it."""

    start: datetime
    probes: int
    failures: int
    mean_ms: int | None
    p95_ms: int | None


@dataclass(frozen=True, slots=True)
class History:
    """A target with its last 24 hours (the oldest first, the present one last), and its incidents of 90 days."""

    now: datetime
    status: TargetStatus
    stale_since: datetime | None
    hours: tuple[Hour, ...]
    outages: tuple[Outage, ...]


def history(pk: int, now: datetime) -> History | None:
    """Read all that a target's page shows, in five queries; None if no enabled target has this id."""
    target = Target.objects.filter(pk=pk, enabled=True).first()
    if target is None:
        return None
    (status,) = statuses([target], now)
    return History(
        now=now,
        status=status,
        stale_since=silent_since([target], now),
        hours=_hours(pk, now),
        outages=outages([pk], now - timedelta(days=DAYS)),
    )


def _hours(pk: int, now: datetime) -> tuple[Hour, ...]:
    window = [floor(now) - timedelta(hours=ago) for ago in reversed(range(HOURS))]
    rows = HourlyFigures.objects.filter(target=pk, start__range=(window[0], window[-1])).order_by()
    names = ("start", "probes", "failures", "latency_mean_ms", "latency_p95_ms")
    found: Mapping[datetime, Hour] = {row[0]: Hour(*row) for row in rows.values_list(*names)}
    return tuple(found.get(start) or Hour(start, 0, 0, None, None) for start in window)
