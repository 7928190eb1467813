import socket
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerAway

from config.celery import app
from config.schedule import SCHEDULE
from monitor import tasks
from monitor.models import DailyFigures, HourlyFigures, Incident, Notification, Outcome, Probe, Target
from monitor.services.scheduling import slot_of
from tests.factories import NOON, NotificationFactory, ProbeFactory, TargetFactory
from tests.monitor.services.servers import OK, serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]


def test_what_beat_starts_is_there() -> None:
    assert {str(entry["task"]) for entry in SCHEDULE.values()} <= set(app.tasks)


def test_a_target_is_probed_once_a_slot_though_beat_asks_more_often() -> None:
    with serving(OK) as server:
        target = TargetFactory.create(url=server.url(), interval_seconds=3600)
        tasks.schedule_probes.delay()
        tasks.schedule_probes.delay()
    probe = Probe.objects.get()
    assert (probe.target_id, probe.outcome) == (target.pk, Outcome.OK)
    assert probe.slot == slot_of(timezone.now(), 3600) == Target.objects.get().scheduled_slot
    assert len(server.requests) == 1


def test_a_batch_is_dropped_from_the_queue_when_its_next_slot_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.probe_targets, "apply_async", lambda args, **options: sent.append(options))
    TargetFactory.create(interval_seconds=60)
    tasks.schedule_probes.delay()
    assert sent == [{"expires": Target.objects.get().scheduled_slot + timedelta(seconds=60)}]  # type: ignore[operator]


def test_a_slot_that_the_broker_did_not_take_is_still_due(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_options: object) -> None:
        raise BrokerAway

    TargetFactory.create()
    monkeypatch.setattr(tasks.probe_targets, "apply_async", away)
    with pytest.raises(BrokerAway):
        tasks.schedule_probes.delay()
    assert Target.objects.get().scheduled_slot is None


def test_a_late_probe_is_stored_under_its_slot_and_a_second_message_probes_nothing() -> None:
    with serving(OK) as server:
        target = TargetFactory.create(url=server.url())
        for _ in range(2):
            tasks.probe_targets.delay([target.pk], NOON.isoformat())
    assert Probe.objects.get().slot == NOON
    assert len(server.requests) == 1


def test_targets_that_are_gone_or_disabled_meanwhile_are_left_out() -> None:
    target = TargetFactory.create(enabled=False)
    tasks.probe_targets.delay([target.pk, 4711], NOON.isoformat())
    assert not Probe.objects.exists()


def failing_and_telling(connection: socket.socket, path: str) -> None:
    status = b"204 No Content" if path == "/webhook" else b"500 Oh"
    connection.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")


def test_an_incident_is_told_at_once(settings: LazySettings) -> None:
    with serving(failing_and_telling) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url("/webhook")
        target = TargetFactory.create(url=server.url(), failure_threshold=1)
        tasks.probe_targets.delay([target.pk], NOON.isoformat())
    assert Incident.objects.get().cause == Outcome.WRONG_STATUS
    assert Notification.objects.get().delivered_at is not None


def test_a_broker_that_is_away_fails_no_record(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise BrokerAway

    monkeypatch.setattr(tasks.deliver_notifications, "delay", away)
    settings.INCIDENT_WEBHOOK_URL = "http://127.0.0.1/webhook"
    target = TargetFactory.create(url="http://127.0.0.1:1/", failure_threshold=1)
    tasks.probe_targets.delay([target.pk], NOON.isoformat())
    assert Notification.objects.get().attempts == 0


def test_figures_are_computed_and_old_rows_forgotten() -> None:
    now = timezone.now()
    target = TargetFactory.create()
    for days in (0, 30):
        ProbeFactory.create(target=target, slot=now - timedelta(days=days))
    tasks.roll_up.delay()
    tasks.forget.delay()
    assert [model.objects.count() for model in (Probe, HourlyFigures, DailyFigures)] == [1, 2, 2]


def test_the_outbox_is_emptied_by_its_own_task(settings: LazySettings) -> None:
    NotificationFactory.create()
    with serving(failing_and_telling) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url("/webhook")
        tasks.deliver_notifications.delay()
    assert Notification.objects.get().delivered_at is not None
