"""How fast a target answered within the last hour."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.models import Outcome, Probe
from monitor.services.rollups import nearest_rank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

SPAN = timedelta(hours=1)
SAMPLES = 60
STEP = SPAN / SAMPLES


@dataclass(frozen=True, slots=True)
class Look:
    """One probe: when it was due, and how long the answer took in ms; None if it failed."""

    slot: datetime
    latency_ms: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """The probes of one of the `SAMPLES` steps: the mean latency of the good ones, and whether any failed."""

    step: int
    latency_ms: int | None
    failed: bool


@dataclass(frozen=True, slots=True)
class Latencies:
    """The last hour: at most `SAMPLES` samples, the oldest first.

    `last_ms` is of the newest probe, None if it failed; `p95_ms` is the 95th percentile of the good ones.
    """

    samples: tuple[Sample, ...] = ()
    last_ms: int | None = None
    p95_ms: int | None = None


def summarize(looks: Sequence[Look], start: datetime) -> Latencies:
    """Put looks (one at least, the oldest first) into steps from `start` on."""
    steps: dict[int, list[int | None]] = defaultdict(list)
    for look in looks:
        steps[min((look.slot - start) // STEP, SAMPLES - 1)].append(look.latency_ms)
    good = [look.latency_ms for look in looks if look.latency_ms is not None]
    samples = tuple(_sample(step, latencies) for step, latencies in steps.items())
    return Latencies(samples, looks[-1].latency_ms, nearest_rank(95, sorted(good)) if good else None)


def latencies_of(targets: Iterable[int], now: datetime) -> Mapping[int, Latencies]:
    """The last hour of each of the targets (by id) that has probes in it; one query."""
    start = now - SPAN
    looks: dict[int, list[Look]] = defaultdict(list)
    rows = Probe.objects.filter(target__in=targets, slot__gte=start, slot__lte=now).order_by("slot")
    for target, slot, outcome, latency_ms in rows.values_list("target_id", "slot", "outcome", "latency_ms"):
        looks[target].append(Look(slot, latency_ms if outcome == Outcome.OK else None))
    return {target: summarize(found, start) for target, found in looks.items()}


def _sample(step: int, latencies: Sequence[int | None]) -> Sample:
    good = [latency for latency in latencies if latency is not None]
    return Sample(step, round(sum(good) / len(good)) if good else None, failed=len(good) < len(latencies))
