"""The product with a real Redis: connections, lost workers, Flower."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.asgi import get_asgi_application
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from redis import Redis

from tests.config.conftest import APP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.redis

WORKER = ("celery", "--app", "tests.config.task_that_is_cut_off", "worker", "--concurrency", "1", "--queues", "tests")
FLOWER = ("celery", "--app", "config", "flower", "--address=127.0.0.1", "--url_prefix=flower")


def view(_request: HttpRequest) -> HttpResponse:
    cache.set("tests", "kept", 10)
    return HttpResponse(cache.get("tests"))


urlpatterns = [path("", view)]


async def ask(scope: dict[str, Any]) -> bytes:
    communicator = ApplicationCommunicator(get_asgi_application(), scope)
    await communicator.send_input({"type": "http.request"})
    await communicator.receive_output(5)
    body: bytes = (await communicator.receive_output(5))["body"]
    await communicator.wait()
    return body


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_requests_share_connections() -> None:
    async def all_of_them() -> list[bytes]:
        return [await ask(scope) for _ in range(20)]

    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"host", b"testserver")]}
    with Redis.from_url(os.environ["CACHE_URL"]) as redis:
        before = redis.info("stats")["total_connections_received"]
        assert asyncio.run(all_of_them()) == [b"kept"] * 20
        assert redis.info("stats")["total_connections_received"] - before <= 1


@pytest.fixture
def variables(production: dict[str, str], tmp_path: Path) -> dict[str, str]:
    server = os.environ["CACHE_URL"]
    here = {"CACHE_URL": server, "CELERY_BROKER_URL": server, "CELERY_RESULT_BACKEND": server}
    here |= {"DATABASE_HOST": "", "DATABASE_FILE": str(tmp_path / "db.sqlite3"), "FLOWER_BASIC_AUTH": "ops:open sesame"}
    return production | here


@contextmanager
def running(command: tuple[str, ...], variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command in a group of processes of its own, which is killed as one at the end."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=APP, env=variables, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def within(seconds: float, happened: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def publish(directory: Path, variables: dict[str, str]) -> None:
    call = ("celery", "--app", WORKER[2], "call", "tests.cut_off", "--queue", "tests", "--args", f'["{directory}"]')
    subprocess.run(call, cwd=APP, env=variables, check=True)


def test_the_task_of_a_killed_worker_is_run_by_the_next(variables: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    publish(tmp_path, variables)
    with running(WORKER, variables, log):
        within(20, (tmp_path / "first").exists, log)
    with running(WORKER, variables, log):
        within(40, (tmp_path / "second").exists, log)


def test_the_task_of_a_killed_process_is_run_again(variables: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "log"
    publish(tmp_path, variables)
    with running(WORKER, variables, log):
        within(20, lambda: (tmp_path / "first").exists() and (tmp_path / "first").read_text(), log)
        os.kill(int((tmp_path / "first").read_text()), signal.SIGKILL)
        within(20, (tmp_path / "second").exists, log)


def test_flower_asks_for_a_password(variables: dict[str, str], tmp_path: Path, closed_port: int) -> None:
    log, site = tmp_path / "log", f"http://127.0.0.1:{closed_port}/flower"
    with running((*FLOWER, f"--port={closed_port}"), variables, log):
        within(20, lambda: "Visit me" in log.read_text(), log)
        assert httpx.get(f"{site}/healthcheck").status_code == 200
        assert httpx.get(f"{site}/").status_code == 401
        assert httpx.get(f"{site}/", auth=("ops", "wrong")).status_code == 401
        assert httpx.get(f"{site}/", auth=("ops", "open sesame")).status_code == 200
    assert "open sesame" not in log.read_text()
