from datetime import timedelta

import pytest
from django.conf import LazySettings

from monitor.models import DailyFigures, HourlyFigures, Incident, Notification, Probe
from monitor.services import retention
from monitor.services.retention import forget
from monitor.services.rollups import roll_up
from tests.factories import (
    NOON,
    DailyFiguresFactory,
    HourlyFiguresFactory,
    IncidentFactory,
    NotificationFactory,
    ProbeFactory,
    TargetFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_each_kind_is_kept_for_its_time() -> None:
    target = TargetFactory.create()
    for days in (6, 8, 89, 91, 399, 401):
        ProbeFactory.create(target=target, slot=NOON - days * DAY)
        HourlyFiguresFactory.create(target=target, start=NOON - days * DAY)
        DailyFiguresFactory.create(target=target, day=(NOON - days * DAY).date())
        IncidentFactory.create(target=target, opened_at=NOON - 402 * DAY, closed_at=NOON - days * DAY)
    assert forget(NOON) == 5 + 3 + 1 + 1
    assert [model.objects.count() for model in (Probe, HourlyFigures, DailyFigures, Incident)] == [1, 3, 5, 5]
    assert forget(NOON) == 0


def test_probes_stay_until_their_hour_is_rolled_up() -> None:
    target = TargetFactory.create()
    for days in (9, 8):
        ProbeFactory.create(target=target, slot=NOON - days * DAY)
    forget(NOON)
    assert Probe.objects.count() == 2
    roll_up(NOON - 8 * DAY)
    forget(NOON)
    assert Probe.objects.get().slot == NOON - 8 * DAY
    roll_up(NOON)
    roll_up(NOON + timedelta(minutes=1))
    ProbeFactory.create(target=target, slot=NOON)
    roll_up(NOON + timedelta(minutes=2))
    forget(NOON)
    assert Probe.objects.get().slot == NOON
    assert HourlyFigures.objects.count() == 3


def test_an_open_incident_is_never_forgotten_and_a_closed_one_takes_its_news_along() -> None:
    long_ago = NOON - 500 * DAY
    still_open = IncidentFactory.create(opened_at=long_ago)
    NotificationFactory.create(incident=IncidentFactory.create(opened_at=long_ago, closed_at=long_ago))
    forget(NOON)
    assert Incident.objects.get() == still_open
    assert not Notification.objects.exists()


def test_many_are_deleted_batch_by_batch(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    monkeypatch.setattr(retention, "BATCH_SIZE", 3)
    settings.PROBE_RETENTION_DAYS = 2
    target = TargetFactory.create()
    for hours in range(10):
        ProbeFactory.create(target=target, slot=NOON - timedelta(days=3, hours=hours))
    roll_up(NOON)
    ProbeFactory.create(target=target, slot=NOON)
    roll_up(NOON)
    assert forget(NOON) == 10
    assert Probe.objects.count() == 1
