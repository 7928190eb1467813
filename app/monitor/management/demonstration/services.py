"""Services on loopback that are worth watching: quick, slow, at times broken, broken, and not there at all."""

from __future__ import annotations

import socket
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

from django.utils import timezone

from monitor.management import history
from monitor.management.invention import Temper
from monitor.models import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOPBACK = "127.0.0.1"
SLOWNESS_SECONDS = 0.7
BROKEN_SECONDS, CYCLE_SECONDS = 60, 240
HISTORY_DAYS = 90


class Answers(BaseHTTPRequestHandler):
    """Answers by the path: `/quick`, `/slow`, `/flaky`."""

    def do_GET(self) -> None:
        """Answer, late or with an error if that is what the path is for."""
        if self.path == "/slow":
            time.sleep(SLOWNESS_SECONDS)
        broken = self.path == "/flaky" and time.time() % CYCLE_SECONDS < BROKEN_SECONDS
        self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if broken else HTTPStatus.OK)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gives it
        """Stay silent."""


@dataclass(frozen=True)
class Service:
    """A target of the demonstration, and how it behaved before."""

    name: str
    url: str
    temper: Temper


@contextmanager
def running(port: int) -> Iterator[tuple[Service, ...]]:
    """Run the services; the first of them is the product itself, at `port`."""
    with ThreadingHTTPServer((LOOPBACK, 0), Answers) as server, socket.socket() as closed:
        closed.bind((LOOPBACK, 0))  # bound and never listened on: whoever connects is refused
        Thread(target=server.serve_forever, name="services", daemon=True).start()
        there, nowhere = (f"http://{LOOPBACK}:{number}" for number in (server.server_port, closed.getsockname()[1]))
        try:
            yield (
                Service("This page", f"http://{LOOPBACK}:{port}/healthz/live", Temper(6, 0.3)),
                Service("Quick service", f"{there}/quick", Temper(4, 0)),
                Service("Slow service", f"{there}/slow", Temper(round(SLOWNESS_SECONDS * 1000), 1)),
                Service("Flaky service", f"{there}/flaky", Temper(5, 9)),
                Service("Service that is down", f"{nowhere}/", Temper(5, 1, down=True)),
            )
        finally:
            server.shutdown()


def watch(services: tuple[Service, ...]) -> None:
    """Make targets of the services, with some history if they are new; all other targets stay as they are."""
    new = []
    for position, service in enumerate(services):
        values = {"url": service.url, "position": position, "interval_seconds": 10, "timeout_seconds": 2}
        target, created = Target.objects.update_or_create(name=service.name, defaults=values)
        if created:
            new.append((target, service.temper))
    history.store(new, HISTORY_DAYS, timezone.now(), seed=1)
