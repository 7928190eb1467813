"""Somebody who asks a machine all the while whether the product answers, whatever is done to it meanwhile."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.host.machine import Machine

EVERY_SECONDS = 0.1
ANSWER_SECONDS = 15
_PATH, _HOST = "/healthz/live", "kkambbaki.localhost"


@dataclass
class Onlooker:
    """What became of the requests, each over a connection of its own: releases that answered, in turn, and failures.

    With `trust`, a file of certificates, they are asked over TLS, and whoever is not trusted is a failure.
    """

    machine: Machine
    trust: Path | None = None
    asked: int = 0
    releases: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event, init=False)

    def look(self) -> None:
        """Ask at a steady pace, until it is stopped."""
        due = time.monotonic()
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            due = max(due + EVERY_SECONDS, time.monotonic())
            self.asked += 1
            try:
                release = self._ask()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")
            else:
                if self.releases[-1:] != [release]:
                    self.releases.append(release)

    def _ask(self) -> str:
        port = self.machine.https_port if self.trust else self.machine.http_port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS)
        try:
            connection.connect()
            if self.trust:
                context = ssl.create_default_context(cafile=self.trust)
                connection.sock = context.wrap_socket(connection.sock, server_hostname=_HOST)
            connection.request("GET", _PATH, headers={"Host": _HOST, "Connection": "close"})
            answer = connection.getresponse()
            answer.read()
        finally:
            connection.close()
        if answer.status != http.client.OK:
            raise http.client.HTTPException(answer.status)
        return str(answer.headers["X-Release"])

    def stop(self) -> None:
        """Let the last request end."""
        self._stopped.set()


@contextmanager
def answered_throughout(machine: Machine, trust: Path | None = None) -> Iterator[Onlooker]:
    """Not one request may fail meanwhile."""
    onlooker = Onlooker(machine, trust)
    thread = threading.Thread(target=onlooker.look, daemon=True)
    thread.start()
    try:
        yield onlooker
    finally:
        onlooker.stop()
        thread.join(ANSWER_SECONDS + 5)
    assert not onlooker.failures, f"{len(onlooker.failures)} of {onlooker.asked} failed: {onlooker.failures[:5]}"
    assert onlooker.asked > 0
