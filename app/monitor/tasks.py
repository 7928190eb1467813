"""What beat and workers do. Each task may run twice, or late, without harm (see the services it calls).

A database or broker that is away makes a task fail with one line in the log; the next run is due soon.
"""

import logging
from datetime import datetime

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from monitor.models import Target
from monitor.services import notifications, probing, results, retention, rollups, scheduling

logger = logging.getLogger(__name__)

DATABASE_AWAY = (OperationalError, InterfaceError)


@shared_task(name="monitor.schedule_probes", ignore_result=True, throws=(*DATABASE_AWAY, BrokerAway))
def schedule_probes() -> None:
    """Queue what is due; what is not taken from the queue before its next slot is dropped there."""
    for batch in scheduling.batches(timezone.now()):
        probe_targets.apply_async((batch.target_ids, batch.slot.isoformat()), expires=batch.expires_at)
        scheduling.mark_queued(batch)


@shared_task(
    name="monitor.probe_targets",
    ignore_result=True,
    throws=DATABASE_AWAY,
    autoretry_for=DATABASE_AWAY,
    retry_backoff=2,
    max_retries=3,
)
def probe_targets(target_ids: list[int], slot: str) -> None:
    """Probe targets at the same time and store the results under `slot` (ISO 8601); those stored already stay."""
    due = datetime.fromisoformat(slot)
    targets = Target.objects.filter(pk__in=target_ids, enabled=True).exclude(probes__slot=due)
    jobs = {target.pk: probing.Job(target.url, target.expected_status, target.timeout_seconds) for target in targets}
    found = zip(jobs, probing.probe_all(jobs.values()), strict=True)
    news = [results.record(pk, due, result) for pk, result in found]
    if any(news):
        _deliver_soon()


@shared_task(name="monitor.roll_up", ignore_result=True, throws=DATABASE_AWAY)
def roll_up() -> None:
    """Compute the figures of hours and days that are not final yet."""
    rollups.roll_up(timezone.now())


@shared_task(name="monitor.forget", ignore_result=True, throws=DATABASE_AWAY)
def forget() -> None:
    """Delete what was kept long enough."""
    logger.info("%d rows were past their time and are deleted", retention.forget(timezone.now()))


@shared_task(name="monitor.deliver_notifications", ignore_result=True, throws=DATABASE_AWAY)
def deliver_notifications() -> None:
    """Tell the webhook what it was not told yet."""
    notifications.deliver(timezone.now())


def _deliver_soon() -> None:
    """Queue the delivery of news that are in the outbox; without a broker they wait there for the next run."""
    try:
        deliver_notifications.delay()
    except BrokerAway:
        logger.warning("the broker is away; news are delivered by the next regular run")
