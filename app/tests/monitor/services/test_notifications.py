import json
import logging
import socket
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from django.conf import LazySettings
from django.utils import timezone, translation

from monitor.models import Notification, Outcome
from monitor.services import notifications
from monitor.services.notifications import LONGEST_PAUSE, MAX_ATTEMPTS, deliver
from tests.factories import NOON, IncidentFactory, NotificationFactory, TargetFactory
from tests.monitor.services.servers import Answer, Server, dripping, redirecting, serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loopback")]
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
SECRET = "/services/T0/B0/secret"
CLOSED = Notification.Event.CLOSED


def later(seconds: float = 0) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)


def told(server: Server) -> list[dict[str, str | None]]:
    return [json.loads(request.partition("\r\n\r\n")[2]) for request in server.requests]


def test_the_webhook_is_told_facts_and_a_sentence(settings: LazySettings) -> None:
    settings.LANGUAGE_CODE = "en"
    settings.SITE_NAME = "Blink"
    target = TargetFactory.create(name="Shop", url="https://shop.example/health?token=secret")
    incident = IncidentFactory.create(target=target, opened_at=NOON, closed_at=NOON + timedelta(minutes=10))
    first = NotificationFactory.create(incident=incident)
    second = NotificationFactory.create(incident=incident, event=CLOSED)
    with serving(NO_CONTENT) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(later()) == 1
        assert deliver(later()) == 1
        assert deliver(later(3600)) == 0
    opened, closed = told(server)
    facts = {"target": "Shop", "url": "https://shop.example/health", "cause": "timeout"}
    facts |= {"opened_at": "2026-03-02T12:00:00+00:00", "closed_at": "2026-03-02T12:10:00+00:00"}
    assert opened == facts | {
        "event": "opened",
        "text": "[Blink] Shop is down since March 2, 2026, 9 p.m.: no answer in time.",
        "content": opened["text"],
    }
    assert closed == facts | {
        "event": "closed",
        "text": "[Blink] Shop is up again after 10\u00a0minutes.",
        "content": closed["text"],
    }
    assert server.requests[0].startswith(f"POST {SECRET} HTTP/1.1\r\n")
    for request, news in zip(server.requests, (first, second), strict=True):
        assert f'Idempotency-Key: "notification-{news.pk}"\r\n' in request
        news.refresh_from_db()
        assert news.delivered_at is not None


def test_the_sentence_is_in_the_products_language(settings: LazySettings) -> None:
    settings.LANGUAGE_CODE = "ko"
    incident = IncidentFactory.create(opened_at=NOON, closed_at=NOON + timedelta(minutes=10))
    NotificationFactory.create(incident=incident, event=CLOSED)
    with serving(NO_CONTENT) as server, translation.override("en"):
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        deliver(later())
    assert "10분 만에 복구" in str(told(server)[0]["text"])


def test_without_a_webhook_nothing_is_tried(settings: LazySettings) -> None:
    settings.INCIDENT_WEBHOOK_URL = ""
    news = NotificationFactory.create()
    assert deliver(later()) == 0
    assert Notification.objects.get() == news
    assert Notification.objects.get().attempts == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (ERROR, "status 500"),
        (redirecting("/elsewhere"), "status 302"),
        (b"nonsense", "malformed"),
        (dripping(b"", b""), "timeout"),
    ],
)
def test_what_was_not_taken_is_due_again_after_a_pause(
    answer: bytes | Answer, error: str, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "TIMEOUT_SECONDS", 0.3)
    news = NotificationFactory.create()
    now = later()
    with serving(answer) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(now) == 0
        assert deliver(now + timedelta(seconds=29)) == 0
        assert len(server.requests) == 1
    news.refresh_from_db()
    assert (news.delivered_at, news.attempts, news.error) == (None, 1, error)
    with serving(NO_CONTENT) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(now + timedelta(seconds=30)) == 1
    news.refresh_from_db()
    assert (news.attempts, news.error) == (2, "")


def test_pauses_double_and_end_in_giving_up(settings: LazySettings, caplog: pytest.LogCaptureFixture) -> None:
    news = NotificationFactory.create()
    moments = [later()]
    with serving(ERROR) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        while deliver(moments[-1]) == 0 and len(server.requests) == len(moments):
            news.refresh_from_db()
            moments.append(news.due_at)
    assert len(server.requests) == MAX_ATTEMPTS == news.attempts
    pauses = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert LONGEST_PAUSE.total_seconds() == 3600
    (last,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert last.getMessage().endswith("was opened, attempt 10: status 500; it is given up")


def test_the_end_is_not_told_before_the_beginning(settings: LazySettings) -> None:
    incident = IncidentFactory.create()
    beginning = NotificationFactory.create(incident=incident, due_at=later(60))
    end = NotificationFactory.create(incident=incident, event=CLOSED)
    with serving(NO_CONTENT) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(later(1)) == 0
        Notification.objects.filter(pk=beginning.pk).update(attempts=MAX_ATTEMPTS)
        assert deliver(later(1)) == 1
    end.refresh_from_db()
    assert end.delivered_at is not None


def test_news_of_several_incidents_go_out_at_the_same_time(settings: LazySettings) -> None:
    NotificationFactory.create_batch(5)
    arrived: list[str] = []

    def answer(connection: socket.socket, path: str) -> None:
        arrived.append(path)
        while len(arrived) < 5:
            pass
        connection.sendall(NO_CONTENT)

    with serving(answer) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(later()) == 5


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254", "http://no-such-name.invalid", "http://127.0.0.1:1", "http://["]
)
def test_the_webhooks_address_is_a_secret_whatever_happens(
    url: str, settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    news = NotificationFactory.create()
    settings.INCIDENT_WEBHOOK_URL = url + SECRET
    assert deliver(later()) == 0
    news.refresh_from_db()
    assert news.error in Outcome.values
    assert "not told" in caplog.text
    assert SECRET not in caplog.text


def test_a_successful_delivery_does_not_log_the_address_either(
    settings: LazySettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    NotificationFactory.create()
    with serving(NO_CONTENT) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(later()) == 1
    assert SECRET not in caplog.text


def test_the_webhook_is_guarded_like_a_target(settings: LazySettings) -> None:
    settings.PROBE_ALLOW_PRIVATE = False
    news = NotificationFactory.create()
    with serving(NO_CONTENT) as server:
        settings.INCIDENT_WEBHOOK_URL = server.url(SECRET)
        assert deliver(later()) == 0
    news.refresh_from_db()
    assert (news.error, server.requests) == ("refused", [])
