"""Figures of hours, and of days from hours. All of it can be done again at any time with the same result."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from monitor.models import DailyFigures, HourlyFigures, Outcome, Probe

HOUR = timedelta(hours=1)
# A result may come as late as its interval (an hour at most) plus a probe and its repetitions take: that is within
# the two hours before the present one.
LATE_HOURS = 2
UPSERT: Any = {
    "update_conflicts": True,
    "update_fields": ("probes", "failures", "latency_mean_ms", "latency_p95_ms"),
    "batch_size": 500,
}


def roll_up(now: datetime) -> None:
    """Compute the figures of all hours not finished at the last run, of the last hours, and of their days.

    A run that is cut short has done whole hours; the next one begins with the last of them, and with its day.

    Hours are UTC's; a day of `TIME_ZONE` has the hours that begin in it. The present hour has figures, too, which
    grow. The queries' number depends on the hours alone; one target's hour is in memory at a time.
    """
    for day, hours in groupby(_open_hours(now), key=timezone.localdate):
        for hour in hours:
            HourlyFigures.objects.bulk_create(_hourly(hour), unique_fields=("target", "start"), **UPSERT)
        DailyFigures.objects.bulk_create(_daily(day), unique_fields=("target", "day"), **UPSERT)


def rolled_up_before(now: datetime) -> datetime:
    """Return the time before which all probes are in figures that will not be computed again."""
    return next(_open_hours(now), floor(now))


def floor(moment: datetime) -> datetime:
    """Return the beginning of a moment's hour (UTC)."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def nearest_rank(percent: int, ordered: list[int]) -> int:
    """Return a percentile of numbers in order: the smallest that `percent` of them do not exceed.

    The nearest-rank method, as PostgreSQL's percentile_disc: the number at rank ceil(percent / 100 * count).
    """
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _open_hours(now: datetime) -> Iterator[datetime]:
    """Yield the hours to compute: from the last one that has figures, or the first that has probes, to the present."""
    last = HourlyFigures.objects.aggregate(last=Max("start"))["last"]
    first = last or Probe.objects.aggregate(first=Min("slot"))["first"]
    if first is None:
        return
    hour = min(floor(first), floor(now) - LATE_HOURS * HOUR)
    while hour <= now:
        yield hour
        hour += HOUR


def _hourly(hour: datetime) -> Iterator[HourlyFigures]:
    probes = Probe.objects.filter(slot__gte=hour, slot__lt=hour + HOUR).order_by("target_id")
    rows = probes.values_list("target_id", "outcome", "latency_ms").iterator(chunk_size=1000)
    for target_id, group in groupby(rows, key=itemgetter(0)):
        yield _of_hour(target_id, hour, [(outcome, latency) for _target, outcome, latency in group])


def _of_hour(target_id: int, hour: datetime, probes: list[tuple[str, int | None]]) -> HourlyFigures:
    good = sorted(latency for outcome, latency in probes if outcome == Outcome.OK and latency is not None)
    return HourlyFigures(
        target_id=target_id,
        start=hour,
        probes=len(probes),
        failures=sum(outcome != Outcome.OK for outcome, _latency in probes),
        latency_mean_ms=round(sum(good) / len(good)) if good else None,
        latency_p95_ms=nearest_rank(95, good) if good else None,
    )


def _daily(day: date) -> Iterator[DailyFigures]:
    good = F("probes") - F("failures")
    hours = _hours_of(day).values("target_id").order_by("target_id")
    for row in hours.annotate(
        all=Sum("probes"),
        failed=Sum("failures"),
        timed=Sum(good, filter=Q(latency_mean_ms__isnull=False)),
        took=Sum(F("latency_mean_ms") * good),
        worst=Max("latency_p95_ms"),
    ):
        yield DailyFigures(
            target_id=row["target_id"],
            day=day,
            probes=row["all"],
            failures=row["failed"],
            latency_mean_ms=round(row["took"] / row["timed"]) if row["timed"] else None,
            latency_p95_ms=row["worst"],
        )


def _hours_of(day: date) -> QuerySet[HourlyFigures]:
    begin = timezone.make_aware(datetime.combine(day, time.min))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return HourlyFigures.objects.filter(start__gte=begin, start__lt=end)
