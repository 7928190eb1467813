"""History that never was: believable, and the same again for the same seed and time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import pi, sin
from typing import TYPE_CHECKING

from django.utils import timezone

from monitor.models import HourlyFigures, Incident, Outcome, Probe, Target
from monitor.services.rollups import HOUR, floor
from monitor.services.scheduling import slot_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PROBED_HOURS = 2
"""So many whole hours, and the present one, have probes; pages show those of the last hour."""
CAUSES = (Outcome.TIMEOUT, Outcome.CONNECTION, Outcome.WRONG_STATUS, Outcome.DNS)
DOWN_SINCE = timedelta(minutes=47)
BLIPS = 0.01
"""How many of the hours lose one probe for no reason."""


@dataclass(frozen=True)
class Temper:
    """How a target behaves: its usual latency in ms, its troubles in 30 days, and whether it is down at present."""

    latency_ms: int = 120
    troubles: float = 1.0
    down: bool = False


@dataclass(frozen=True)
class Trouble:
    """A time in which every probe fails."""

    begin: datetime
    end: datetime
    cause: Outcome

    def overlap(self, begin: datetime, end: datetime) -> timedelta:
        """Say how much of a span is trouble."""
        return max(min(self.end, end) - max(self.begin, begin), timedelta())


@dataclass
class Past:
    """The history of one target in the days before `now`."""

    target: Target
    temper: Temper
    days: int
    now: datetime
    random: Random
    troubles: list[Trouble] = field(init=False)

    def __post_init__(self) -> None:
        self.probed_from = floor(self.now) - PROBED_HOURS * HOUR
        self.begin = self.probed_from - timedelta(days=self.days)
        self.troubles = sorted(self._troubles(), key=lambda trouble: trouble.begin)

    def incidents(self) -> Iterator[Incident]:
        """Give one for each trouble; the last one is open if the target is down."""
        for trouble in self.troubles:
            closed = None if trouble.end >= self.now else trouble.end
            yield Incident(target=self.target, opened_at=trouble.begin, closed_at=closed, cause=trouble.cause)

    def hours(self) -> Iterator[HourlyFigures]:
        """Give the figures of all hours before the probes."""
        probes = 3600 // self.target.interval_seconds
        for number in range(self.days * 24):
            start = self.begin + number * HOUR
            lost = sum((trouble.overlap(start, start + HOUR) for trouble in self.troubles), timedelta())
            failures = min(probes, round(lost / HOUR * probes) + (self.random.random() < BLIPS))
            mean = round(self._usual(start) * self.random.uniform(0.97, 1.09)) if failures < probes else None
            p95 = round(mean * self.random.uniform(1.35, 1.65)) if mean else None
            yield HourlyFigures(
                target=self.target,
                start=start,
                probes=probes,
                failures=failures,
                latency_mean_ms=mean,
                latency_p95_ms=p95,
            )

    def probes(self) -> Iterator[Probe]:
        """Give the probes of the last hours; the one that is due now is left for the product."""
        slot = self.probed_from
        while slot < self._slot(self.now):
            yield self._probe(slot)
            slot = self._slot(slot + timedelta(seconds=self.target.interval_seconds))

    def _probe(self, slot: datetime) -> Probe:
        trouble = next((trouble for trouble in self.troubles if trouble.begin <= slot < trouble.end), None)
        if trouble:
            return Probe(target=self.target, slot=slot, at=slot, outcome=trouble.cause)
        latency = max(1, round(self._usual(slot) * self.random.lognormvariate(0, 0.25)))
        status = self.target.expected_status
        return Probe(target=self.target, slot=slot, at=slot, outcome=Outcome.OK, latency_ms=latency, status_code=status)

    def _usual(self, moment: datetime) -> float:
        """Give a latency in ms that is higher in the afternoon than at night."""
        tide = sin((timezone.localtime(moment).hour - 9) / 24 * 2 * pi)
        return max(1, self.temper.latency_ms * (1 + 0.2 * tide))

    def _troubles(self) -> Iterator[Trouble]:
        """Give some in the past, none of them within the last day, and one that lasts if the target is down."""
        free = self.begin
        while (begin := free + self._pause()) < self.probed_from - timedelta(days=1):
            free = begin + timedelta(minutes=min(self.random.lognormvariate(2.8, 0.9), 360))
            yield Trouble(self._slot(begin), self._slot(free), self.random.choice(CAUSES))
        if self.temper.down:
            forever = datetime.max.replace(tzinfo=self.now.tzinfo)
            yield Trouble(self._slot(self.now - DOWN_SINCE), forever, Outcome.CONNECTION)

    def _slot(self, moment: datetime) -> datetime:
        return slot_of(moment, self.target.interval_seconds)

    def _pause(self) -> timedelta:
        """Give the time until the next trouble: they come independently of each other."""
        return timedelta(days=self.random.expovariate(self.temper.troubles / 30) if self.temper.troubles else 10_000)
