"""What is kept for how long."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils import timezone

from monitor.models import DailyFigures, HourlyFigures, Incident, Probe
from monitor.services import rollups

BATCH_SIZE = 2000  # rows that one statement deletes, so that locks and the log of the database stay small

Row = TypeVar("Row", bound=Model)


def forget(now: datetime) -> int:
    """Delete what is past its time, batch by batch, and return how many rows were deleted.

    Probes stay until their hour is rolled up for good. Incidents that are closed stay as long as the figures of
    days. A run that is cut short has deleted whole batches; the next one goes on.
    """
    probes = min(now - timedelta(days=settings.PROBE_RETENTION_DAYS), rollups.rolled_up_before(now))
    hours = now - timedelta(days=settings.HOURLY_RETENTION_DAYS)
    days = now - timedelta(days=settings.DAILY_RETENTION_DAYS)
    return sum(
        (
            _delete(Probe.objects.filter(slot__lt=rollups.floor(probes))),
            _delete(HourlyFigures.objects.filter(start__lt=rollups.floor(hours))),
            _delete(DailyFigures.objects.filter(day__lt=timezone.localdate(days))),
            _delete(Incident.objects.filter(closed_at__lt=days)),
        )
    )


def _delete(rows: QuerySet[Row]) -> int:
    count = 0
    while batch := list(rows.order_by().values_list("pk", flat=True)[:BATCH_SIZE]):
        rows.filter(pk__in=batch).delete()
        count += len(batch)
    return count
