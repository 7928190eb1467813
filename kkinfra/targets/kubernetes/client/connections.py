"""Connections to one server that are kept open between requests, by the standard library alone.

Any further HTTP client takes longer to import than a whole verb takes to ask a cluster.
"""

from __future__ import annotations

import select
import weakref
from collections import deque
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

_CHUNK = 65_536


class HttpAnswer:
    """A server's answer; `data` is the whole of it, and empty where it is read as it comes."""

    def __init__(self, connection: HTTPConnection, answer: HTTPResponse, *, is_read: bool) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.data = answer.read() if is_read else b""
        self._connection, self._answer = connection, answer

    def stream(self) -> Iterator[bytes]:
        """The answer as it comes."""
        while chunk := self._answer.read1(_CHUNK):
            yield chunk

    def close(self) -> None:
        """Close the connection."""
        self._answer.close()
        self._connection.close()


class Connections:
    """Connections to the server of a URL, for several threads at a time; `connect` and `read` are seconds.

    Methods raise OSError, or HTTPException of http.client.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None, connect: float, read: float) -> None:
        self._at, self._tls = urlsplit(url), tls
        self._connect, self._read = connect, read
        self._idle: deque[HTTPConnection] = deque()
        weakref.finalize(self, _close, self._idle)

    def request(  # noqa: PLR0913 - as the official client's pool has it
        self, method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str],
        timeout: float | None = None, preload_content: bool = True,
    ) -> HttpAnswer:  # fmt: skip
        """Send a request, and read the whole answer, or with `preload_content` false its head alone."""
        asked = urlsplit(url)
        connection = self._connection()
        try:
            connection.sock.settimeout(timeout or self._read)
            connection.request(method, f"{asked.path}{'?' if asked.query else ''}{asked.query}", body, dict(headers))
            answer = HttpAnswer(connection, read := connection.getresponse(), is_read=preload_content)
        except BaseException:
            connection.close()
            raise
        if preload_content and not read.will_close:
            self._idle.append(connection)
        return answer

    def clear(self) -> None:
        """Close all that are idle; that also happens once nobody knows them any more."""
        _close(self._idle)

    def _connection(self) -> HTTPConnection:
        """One that is open still, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            if not _has_ended(connection):
                return connection
            connection.close()
        host, port = self._at.hostname or "", self._at.port
        made = (
            HTTPSConnection(host, port, timeout=self._connect, context=self._tls)
            if self._tls
            else HTTPConnection(host, port, timeout=self._connect)
        )
        made.connect()
        return made


def _close(connections: deque[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _has_ended(connection: HTTPConnection) -> bool:
    """Whether there is something to read where nothing was asked: the end, most likely."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
