"""A visit to a machine: one request over a connection of its own, over HTTP or, where that leads there, over TLS."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal.tree import DOMAIN

if TYPE_CHECKING:
    from rehearsal.host.machine import Machine

ANSWER_SECONDS = 15
PATH = "/healthz/live"


@dataclass(frozen=True)
class Answer:
    """What was answered; `release` is empty where the answer names none."""

    status: int
    release: str

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return self.status == http.client.OK


def ask(machine: Machine, path: str = PATH) -> Answer:
    """Ask once; raises OSError where there is no answer."""
    answer = over(machine, "http", path)
    return over(machine, "https", path) if answer.status == http.client.MOVED_PERMANENTLY else answer


def over(machine: Machine, scheme: str, path: str = PATH) -> Answer:
    """Ask once in one way, whoever issued the certificate; raises OSError where there is no answer."""
    connection = _connection(machine, scheme)
    try:
        connection.request("GET", path, headers={"Host": DOMAIN, "Connection": "close"})
        answer = connection.getresponse()
        answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    return Answer(answer.status, answer.headers.get("X-Release", ""))


def _connection(machine: Machine, scheme: str) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection("127.0.0.1", machine.http_port, timeout=ANSWER_SECONDS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _Encrypted("127.0.0.1", machine.https_port, timeout=ANSWER_SECONDS, context=context)


class _Encrypted(http.client.HTTPSConnection):
    """To loopback, and yet with the domain's name in the handshake, without which nobody answers."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=DOMAIN)
