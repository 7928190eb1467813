"""A process in a container, spoken to over a WebSocket: the channels of `attach` and `exec`.

Channels and their numbers: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go
and, for closing one (255 and its number, in version 5), https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from kkinfra.errors import ClusterError
from kkinfra.system import extras
from kkinfra.targets.kubernetes.client.refusals import refusal, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STDIN, STDOUT, STDERR, STATUS, _RESIZE, _CLOSE = 0, 1, 2, 3, 4, 255
_CLOSES, _OLDER = "v5.channel.k8s.io", "v4.channel.k8s.io"
_PIECE = 32_768
_CONNECT_SECONDS, _FRAME_SECONDS = 10.0, 60.0
_BEHIND_PROXY = ("http_proxy_host", "http_proxy_port", "proxy_type")


class Connection(Protocol):
    """What is used of a WebSocket of websocket-client."""

    sock: Any

    def connect(self, url: str, **options: Any) -> None:
        """Connect."""
        ...

    def settimeout(self, timeout: float) -> None:
        """Set how many seconds a frame may take."""
        ...

    def getsubprotocol(self) -> str | None:
        """Return what was agreed upon."""
        ...

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        ...

    def send_binary(self, payload: bytes) -> int:
        """Send a message."""
        ...

    def ping(self) -> None:
        """Send a ping."""
        ...

    def recv_data_frame(self, *, control_frame: bool) -> tuple[int, Any]:
        """Receive a message."""
        ...

    def abort(self) -> None:
        """End what waits for it."""
        ...

    def shutdown(self) -> None:
        """Close it at once."""
        ...


@dataclass(frozen=True, slots=True)
class RemoteProcess:
    """An open connection with a process. What is lost on the way raises ClusterError, without a status."""

    connection: Connection
    server: str
    context: str

    @property
    def can_close_input(self) -> bool:
        """Whether the end of the input can be passed on: since Kubernetes 1.30."""
        return self.connection.getsubprotocol() == _CLOSES

    def fileno(self) -> int:
        """Return the descriptor that is readable once something comes."""
        return self.connection.fileno()

    def has_more(self) -> bool:
        """Whether something came that the descriptor does not show, as it was decrypted already."""
        pending: Any = getattr(self.connection.sock, "pending", None)
        return bool(pending and pending())

    def write(self, data: bytes) -> None:
        """Write to its standard input."""
        for at in range(0, len(data), _PIECE):
            self._send(STDIN, data[at : at + _PIECE])

    def close_input(self) -> None:
        """Pass on that the input has ended, where that can be passed on."""
        if self.can_close_input:
            self._send(_CLOSE, bytes([STDIN]))

    def resize(self, width: int, height: int) -> None:
        """Say how large its terminal is."""
        self._send(_RESIZE, json.dumps({"Width": width, "Height": height}).encode())

    def ping(self) -> None:
        """Ask the server for a sign of life."""
        with self._told():
            self.connection.ping()

    def read(self) -> tuple[int, bytes] | None:
        """Wait for the next message: its channel, and what it says. A sign of life is of -1; None is the end."""
        from websocket import ABNF

        with self._told():
            kind, frame = self.connection.recv_data_frame(control_frame=True)
        if kind == ABNF.OPCODE_CLOSE:
            return None
        data = bytes(frame.data) if frame is not None else b""
        return (data[0], data[1:]) if kind == ABNF.OPCODE_BINARY and data else (-1, b"")

    def end(self) -> None:
        """Close the connection, whatever waits for it."""
        self.connection.abort()
        self.connection.shutdown()

    def _send(self, channel: int, data: bytes) -> None:
        with self._told():
            self.connection.send_binary(bytes([channel]) + data)

    def _told(self) -> _Told:
        return _Told(self.server, self.context)


@dataclass(frozen=True, slots=True)
class _Told:
    """Tells of a connection that is lost."""

    server: str
    context: str

    def __enter__(self) -> None:
        """Nothing yet."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from websocket import WebSocketException

        if isinstance(error, OSError | WebSocketException):
            where = f"{self.server} (context {self.context})"
            raise ClusterError(f"the connection with {where} was lost: {error}") from error


def connect(url: str, context: str, headers: Mapping[str, str], options: Mapping[str, Any]) -> RemoteProcess:
    """Connect; `options` are TLS and proxy, as websocket-client has them. Raises ClusterError where that is refused."""
    try:
        from websocket import WebSocket, WebSocketBadStatusException
    except ImportError as error:
        raise ClusterError(
            f"websocket-client, which `run` needs, is not installed ({error}); {extras.remedy('kubernetes')}"
        ) from error
    at = urlsplit(url)
    server = f"{at.scheme.replace('ws', 'http')}://{at.netloc}"
    tls = dict(options.get("sslopt") or {})
    made = cast("Connection", WebSocket(sslopt=tls, skip_utf8_validation=True))
    try:
        made.connect(
            url, header=[f"{name}: {value}" for name, value in headers.items()], subprotocols=[_CLOSES, _OLDER],
            suppress_origin=True, redirect_limit=0, timeout=_CONNECT_SECONDS, **_proxy(options),
        )  # fmt: skip
    except WebSocketBadStatusException as error:
        raise refusal(error.status_code, bytes(error.resp_body or b""), at.path) from error
    except Exception as error:
        raise unreachable(server, context, error) from error
    made.settimeout(_FRAME_SECONDS)
    return RemoteProcess(made, server, context)


def _proxy(options: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_given(options))


def _given(options: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, options[name]) for name in _BEHIND_PROXY if name in options)
