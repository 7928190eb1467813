"""The HTTP server: it reads requests, lets faults befall them, and writes the answers."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cluster_double.asked import Request, placed
from cluster_double.faults import MESSAGES
from cluster_double.statuses import MODIFIED, NoSuchPath, Refused
from cluster_double.watching import Dropped, Watch
from cluster_double.web_sockets import WebSocket, accepted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_double.answering import Answer
    from cluster_double.attaching import Attached
    from cluster_double.cluster import ClusterDouble
    from cluster_double.faults import Fault
    from cluster_double.kinds import JSON

PLAIN = "text/plain; charset=utf-8"


class Server(ThreadingHTTPServer):
    """The server, on a free port of the loopback interface."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, cluster: ClusterDouble):
        self.running = True
        handler = type("Handler", (_Handler,), {"cluster": cluster})
        super().__init__(("127.0.0.1", 0), handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away; that is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster: ClusterDouble
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Nothing is logged: `requests` has it all."""

    def _handle(self) -> None:
        request = self._request()
        self.cluster.requests.append(request)
        fault = self.cluster.faults.befalling(request)
        if fault is not None and self._befall(fault, request):
            return
        try:
            answer = self.cluster.answering.answer(request)
        except Refused as refused:
            self._document(refused.code, refused.status)
            return
        except NoSuchPath:
            self._text(404, "404 page not found\n")
            return
        except Exception as error:  # noqa: BLE001 - a fault of the double's own, which its tests look for
            self.cluster.failures.append(error)
            self._document(500, Refused(500, "InternalError", f"Internal error occurred: {error!r}").status)
            return
        if fault is not None and fault.cut:
            self._cut()
        else:
            self._answer(request, answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _handle  # noqa: N815

    def _request(self) -> Request:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length else b""
        return Request(
            self.command, url.path, url.query, self.headers.get("User-Agent", ""),
            self.headers.get("Content-Type", ""), body, {name.lower(): value for name, value in self.headers.items()},
        )  # fmt: skip

    def _befall(self, fault: Fault, request: Request) -> bool:
        """Whether the request is over with it."""
        time.sleep(fault.wait)
        if fault.cut == "before":
            self._cut()
            return True
        if not fault.status:
            return False
        extra = {"Retry-After": str(fault.retry_after)} if fault.retry_after is not None else {}
        if fault.status == 429:
            self._text(429, f"{MESSAGES[429][1]}\n", {"Retry-After": "1", **extra})
        else:
            self._document(fault.status, _refusal(fault, request).status, extra)
        return True

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, request: Request, answer: Answer) -> None:
        warnings = {"Warning": f'299 - "{answer.warnings[0]}"'} if answer.warnings else {}
        if answer.watched is not None:
            watch = Watch(
                self.cluster.registry.store, self.cluster.faults, *answer.watched, request, lambda: self.server.running
            )
            events = (json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in watch.events())
            self._stream(events, "application/json")
        elif answer.attached is not None:
            self._attach(answer.attached)
        elif answer.followed is not None:
            self._stream(self._unless_dropped(answer.followed), PLAIN)
        elif answer.text is not None:
            self._text(answer.code, answer.text)
        else:
            self._document(answer.code, answer.body, warnings)

    def _attach(self, attached: Attached) -> None:
        offered = [each.strip() for each in self.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        protocol = next((each for each in self.cluster.protocols if each in offered), None)
        if protocol is None:
            self._text(403, "no subprotocol in common\n")
            return
        self.close_connection = True
        self.send_response(101, "Switching Protocols")
        accept = accepted(self.headers.get("Sec-WebSocket-Key", ""))
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": accept}
        for name, value in {**upgrade, "Sec-WebSocket-Protocol": protocol}.items():
            self.send_header(name, value)
        self.end_headers()
        self.cluster.attached.append(self.connection)
        attached.serve(WebSocket(self.rfile, self.wfile), protocol)

    def _text(self, code: int, text: str, headers: dict[str, str] | None = None) -> None:
        self._write(code, text.encode(), PLAIN, headers or {})

    def _document(self, code: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._write(code, json.dumps(body, separators=(",", ":")).encode(), "application/json", headers or {})

    def _write(self, code: int, body: bytes, form: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        for name, value in {"Content-Type": form, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _unless_dropped(self, texts: Iterator[str]) -> Iterator[bytes]:
        dropped = self.cluster.faults.watches_dropped
        for text in texts:
            if self.cluster.faults.watches_dropped > dropped:
                raise Dropped
            yield text.encode()

    def _stream(self, parts: Iterator[bytes], form: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", form)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for part in parts:
                if not self.server.running:
                    return
                if part:
                    self._chunk(part)
            self._chunk(b"")
        except Dropped:
            self._cut()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def _refusal(fault: Fault, request: Request) -> Refused:
    if fault.status == 409:
        place = placed(request.path)
        subject = f"{place.plural}.{place.group}".rstrip(".") if place else ""
        message = f'Operation cannot be fulfilled on {subject} "{place.name if place else ""}": {MODIFIED}'
        about = {"name": place.name, "group": place.group, "kind": place.plural} if place else {}
        return Refused(409, "Conflict", message, about)
    if fault.status == 410:
        return Refused(
            410, "Expired", "The provided continue parameter is too old to display a consistent list result."
        )
    reason, message = MESSAGES[fault.status]
    details: JSON = {} if fault.retry_after is None else {"retryAfterSeconds": fault.retry_after}
    return Refused(fault.status, reason, message, details)
