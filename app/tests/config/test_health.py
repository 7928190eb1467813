"""`/healthz/live`, `/healthz/ready`, `/version`."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.test import AsyncClient, Client, override_settings

from config import readiness
from config.health import health_middleware

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, JsonResponse


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_seen", set())


def test_live_touches_nothing(client: Client) -> None:
    answer = client.get("/healthz/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["Cache-Control"] == "no-store"


def test_ready_when_all_is_there(client: Client, transactional_db: None) -> None:
    answer = client.get("/healthz/ready")
    good = {"database": "ok", "migrations": "ok", "cache": "ok", "broker": "ok"}
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": good})


def test_no_connection_is_kept(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadPoolExecutor(max_workers=1) as one_thread:
        monkeypatch.setattr(readiness, "threads", lambda: one_thread)
        assert set(asyncio.run(readiness.run()).values()) == {"ok"}
        assert one_thread.submit(lambda: connections.all(initialized_only=True)).result() == []


def test_both_kinds_of_handlers_answer_alike(client: Client, transactional_db: None) -> None:
    answer = asyncio.run(AsyncClient().get("/healthz/ready"))
    assert answer.json() == client.get("/healthz/ready").json()


@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["status.example"])
@pytest.mark.parametrize("path", ["/healthz/live", "/version"])
def test_any_host_may_ask_without_tls(client: Client, path: str) -> None:
    assert client.get(path, headers={"Host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/admin/login/", headers={"Host": "10.0.0.7:8000"}).status_code == 400
    assert client.get("/admin/login/", headers={"Host": "status.example"}).status_code == 301


@override_settings(RELEASE="1.2.3", REVISION="0123abc", IMAGE_DIGEST="sha256:0123")
def test_version_tells_what_runs(client: Client) -> None:
    told = {"release": "1.2.3", "revision": "0123abc", "image_digest": "sha256:0123"}
    assert client.get("/version").json() == told


@contextmanager
def sessions_not_applied() -> Iterator[None]:
    renamed = "UPDATE django_migrations SET app = %s WHERE app = %s"
    with connections["default"].cursor() as cursor:
        cursor.execute(renamed, ["elsewhere", "sessions"])
        try:
            yield
        finally:
            cursor.execute(renamed, ["sessions", "elsewhere"])


def test_a_migration_that_is_not_applied_is_told_until_it_is(client: Client, transactional_db: None) -> None:
    with sessions_not_applied():
        answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "1 not applied")
    assert client.get("/healthz/ready").status_code == 200
    with sessions_not_applied():
        assert client.get("/healthz/ready").status_code == 200, "once is enough: it is asked every few seconds"


def test_what_is_away_is_told_without_its_address(
    client: Client, closed_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server = f"redis://:open-sesame@127.0.0.1:{closed_port}/0"
    with override_settings(CELERY_BROKER_URL=server):
        answer = client.get("/healthz/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "failed: ConnectionError"
    assert "127.0.0.1" not in answer.text
    assert "open-sesame" not in caplog.text


def test_a_silent_database_is_told_in_time(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    server = connections.settings["default"] | {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "127.0.0.1",
        "PORT": str(silent_port),
        "OPTIONS": {},
    }
    monkeypatch.setitem(connections.settings, "default", server)
    started = perf_counter()
    checks = asyncio.run(readiness.run())
    assert checks["database"].startswith(("failed: ", "no answer"))
    assert perf_counter() - started < 4


def test_other_addresses_pass() -> None:
    async def rest(_request: HttpRequest) -> str:
        return "the rest"

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/healthz", "query_string": b"", "headers": []}
    answer: JsonResponse | str = asyncio.run(health_middleware(rest)(ASGIRequest(scope, None)))  # type: ignore[arg-type]
    assert answer == "the rest"
