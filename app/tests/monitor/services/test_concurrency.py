from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from django.conf import LazySettings
from django.db import connection
from django.utils import timezone

from monitor.models import HourlyFigures, Incident, Notification, Outcome, Probe, Target
from monitor.services.notifications import deliver
from monitor.services.probing import Result
from monitor.services.results import record
from monitor.services.rollups import roll_up
from tests.factories import NOON, NotificationFactory, ProbeFactory, TargetFactory
from tests.monitor.services.servers import serving

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("loopback")]
BAD = Result(Outcome.TIMEOUT)
WORKERS = 8
T = TypeVar("T")


def at_once(work: Callable[[int], T]) -> list[T]:
    """Do a piece of work in several threads that begin together, each with a connection of its own."""
    barrier = Barrier(WORKERS)

    def begin(number: int) -> T:
        barrier.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(begin, range(WORKERS)))


def test_one_slot_of_many_workers_counts_once(settings: LazySettings) -> None:
    settings.INCIDENT_WEBHOOK_URL = "http://127.0.0.1/"
    target = TargetFactory.create(failure_threshold=1)
    assert sum(at_once(lambda _number: record(target.pk, NOON, BAD))) == 1
    assert (Probe.objects.count(), Incident.objects.count(), Notification.objects.count()) == (1, 1, 1)
    assert Target.objects.get().consecutive_failures == 1


def fail(target_id: int, start: int, number: int) -> bool:
    return record(target_id, NOON + timedelta(minutes=start + number), BAD)


def test_slots_of_many_workers_are_counted_one_after_another() -> None:
    target = TargetFactory.create(failure_threshold=2)
    for start in range(0, 5 * WORKERS, WORKERS):
        at_once(partial(fail, target.pk, start))
    target.refresh_from_db()
    slots = Probe.objects.order_by("pk").values_list("slot", flat=True)
    counted = [slot for index, slot in enumerate(slots) if slot == max(slots[: index + 1])]
    assert (Probe.objects.count(), target.consecutive_failures) == (5 * WORKERS, len(counted))
    assert (target.last_slot, Incident.objects.count()) == (max(slots), 1)


def test_many_workers_deliver_each_of_the_news_once(settings: LazySettings) -> None:
    NotificationFactory.create_batch(10)
    with serving(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
        settings.INCIDENT_WEBHOOK_URL = server.url()
        now = timezone.now()
        assert sum(at_once(lambda _number: deliver(now))) == 10
    assert len(server.requests) == 10
    assert not Notification.objects.filter(delivered_at=None).exists()


def test_many_workers_roll_up_the_same_hour() -> None:
    for target in TargetFactory.create_batch(5):
        ProbeFactory.create(target=target, slot=NOON)
    at_once(lambda _number: roll_up(NOON))
    assert list(HourlyFigures.objects.values_list("probes", flat=True)) == [1] * 5
