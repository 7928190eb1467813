"""WebSockets, as far as a server needs them: https://www.rfc-editor.org/rfc/rfc6455."""

from __future__ import annotations

import base64
import hashlib
import struct
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUES, _BINARY, _CLOSE, _PING, _PONG = 0, 2, 8, 9, 10


def accepted(key: str) -> str:
    """What answers a client's key."""
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()).decode()


@dataclass(slots=True)
class WebSocket:
    """One that was upgraded; several threads may send."""

    reads: BinaryIO
    writes: BinaryIO
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def messages(self) -> Iterator[bytes]:
        """What the client sends, until it closes the connection or is gone. Raises ValueError on what is not masked."""
        whole = b""
        while True:
            head = self._exactly(2)
            if not head:
                return
            is_last, kind, size = head[0] & 0x80, head[0] & 0x0F, head[1] & 0x7F
            if not head[1] & 0x80:
                raise ValueError("a client masks what it sends")
            if size > 125:
                size = struct.unpack("!H" if size == 126 else "!Q", self._exactly(2 if size == 126 else 8))[0]
            mask, data = self._exactly(4), self._exactly(size)
            data = _unmasked(data, mask)
            if kind == _CLOSE:
                self.send(data, _CLOSE)
                return
            if kind == _PING:
                self.send(data, _PONG)
            elif kind in (_BINARY, _CONTINUES):
                whole += data
                if is_last:
                    yield whole
                    whole = b""

    def send(self, data: bytes, kind: int = _BINARY) -> None:
        """Raises OSError where the client is gone."""
        size = len(data)
        long = (126, struct.pack("!H", size)) if size < 65_536 else (127, struct.pack("!Q", size))
        length, more = (size, b"") if size < 126 else long
        with self._lock:
            self.writes.write(bytes([0x80 | kind, length]) + more + data)
            self.writes.flush()

    def close(self) -> None:
        self.send(struct.pack("!H", 1000), _CLOSE)

    def _exactly(self, size: int) -> bytes:
        try:
            found = self.reads.read(size)
        except OSError:
            return b""
        return found if len(found) == size else b""


def _unmasked(data: bytes, mask: bytes) -> bytes:
    if not data:
        return b""
    key = (mask * (len(data) // 4 + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(key)).to_bytes(len(data))
