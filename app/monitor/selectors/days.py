"""Days of a target: how many probes failed on each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils import timezone

from monitor.models import DailyFigures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

DAYS = 90
"""How many days a page shows, today's included; as public status pages do."""

GOOD = 0.999
"""A day with at least this share of good probes is a good one: 86 s of 24 h may be lost to the road there."""

POOR = 0.95
"""A day below this share (72 minutes of 24 h) is a bad one."""


class Level(StrEnum):
    """How a day went."""

    NO_DATA = "none"
    GOOD = "good"
    PARTIAL = "partial"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the product's time zone; `probes` is 0 where nothing is known of it."""

    day: date
    probes: int
    failures: int

    @property
    def uptime(self) -> float | None:
        """The share of probes that went well, 0 to 1; None without probes."""
        return 1 - self.failures / self.probes if self.probes else None

    @property
    def level(self) -> Level:
        """How the day went, by the limits `GOOD` and `POOR`."""
        uptime = self.uptime
        if uptime is None:
            return Level.NO_DATA
        if uptime >= GOOD:
            return Level.GOOD
        return Level.PARTIAL if uptime >= POOR else Level.BAD


def overall_uptime(days: Iterable[Day]) -> float | None:
    """The share of all probes of these days that went well, 0 to 1; None without probes."""
    probes = failures = 0
    for day in days:
        probes += day.probes
        failures += day.failures
    return 1 - failures / probes if probes else None


def days_of(targets: Sequence[int], now: datetime) -> Mapping[int, tuple[Day, ...]]:
    """The last `DAYS` days of each of the targets (by id), the oldest first; one query."""
    today = timezone.localdate(now)
    window = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
    found: dict[int, dict[date, Day]] = defaultdict(dict)
    rows = DailyFigures.objects.filter(target__in=targets, day__range=(window[0], today)).order_by()
    for target, day, probes, failures in rows.values_list("target_id", "day", "probes", "failures"):
        found[target][day] = Day(day, probes, failures)
    return {target: tuple(found[target].get(day) or Day(day, 0, 0) for day in window) for target in targets}
