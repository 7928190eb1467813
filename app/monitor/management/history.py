"""Stores invented history."""

from __future__ import annotations

from itertools import groupby
from random import Random
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from monitor.management.invention import DOWN_SINCE, Past, Temper
from monitor.models import DailyFigures, HourlyFigures, Incident, Probe, State, Target
from monitor.services.rollups import roll_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

BATCH = 1000


@transaction.atomic
def store(targets: Iterable[tuple[Target, Temper]], days: int, now: datetime, seed: int) -> None:
    """Give stored targets a past of so many days, and the present state that follows from it; all of it or nothing."""
    for target, temper in targets:
        _store(Past(target, temper, days, now, Random(f"{seed} {target.name}")))  # noqa: S311 - not a secret
    roll_up(now)


def _store(past: Past) -> None:
    hours, probes = list(past.hours()), list(past.probes())
    HourlyFigures.objects.bulk_create(hours, BATCH)
    DailyFigures.objects.bulk_create(daily(hours), BATCH)
    Probe.objects.bulk_create(probes, BATCH)
    Incident.objects.bulk_create(past.incidents(), BATCH)
    _settle(past, probes[-1])


def daily(hours: Iterable[HourlyFigures]) -> Iterator[DailyFigures]:
    """Sum up the hours, the oldest first, of one target; a later roll-up computes the last days again."""
    for day, group in groupby(hours, key=lambda hour: timezone.localdate(hour.start)):
        of_day = list(group)
        good = [hour for hour in of_day if hour.latency_mean_ms]
        yield DailyFigures(
            target=of_day[0].target,
            day=day,
            probes=sum(hour.probes for hour in of_day),
            failures=sum(hour.failures for hour in of_day),
            latency_mean_ms=round(sum(hour.latency_mean_ms or 0 for hour in good) / len(good)) if good else None,
            latency_p95_ms=max((hour.latency_p95_ms or 0 for hour in good), default=None),
        )


def _settle(past: Past, last: Probe) -> None:
    """Give the target the state that its last probe left."""
    down = past.temper.down
    failures = int(DOWN_SINCE.total_seconds()) // past.target.interval_seconds if down else 0
    ends = [trouble.end for trouble in past.troubles]
    Target.objects.filter(pk=past.target.pk).update(
        created_at=past.begin,
        state=State.DOWN if down else State.UP,
        state_since=past.troubles[-1].begin if down else max(ends, default=past.begin),
        consecutive_failures=failures,
        last_slot=last.slot,
        last_probed_at=last.at,
        last_latency_ms=last.latency_ms,
        last_outcome=last.outcome,
    )
