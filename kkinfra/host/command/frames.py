"""What goes over the connection of a command, both ways: a byte that says what it is, four with its size, and itself.

The deployer sends input, its end, the terminal's size, signals, and that it is still there; the host sends output,
errors, how many bytes of the input were taken, and at last how it ended.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

INPUT, INPUT_END, SIZE, SIGNAL, ALIVE = b"I", b"E", b"W", b"S", b"H"
OUTPUT, ERRORS, TAKEN, END = b"1", b"2", b"T", b"X"

WINDOW = 1 << 18
"""Bytes of input that the deployer sends before any of them is taken; more would fill a small host's memory."""
PIECE = 1 << 16
"""Bytes that a frame may hold."""
ALIVE_SECONDS, SILENCE_SECONDS = 3, 25
"""How often the deployer says that it is there, and after which silence it is taken for gone."""

_HEAD = struct.Struct("!cI")
_COUNT = struct.Struct("!I")
_PAIR = struct.Struct("!HH")


@dataclass
class Frames:
    """Takes bytes apart as they come."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, content: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The frames that are whole now, each as its kind and what is in it."""
        self._rest += content
        while len(self._rest) >= _HEAD.size:
            kind, size = _HEAD.unpack_from(self._rest)
            if len(self._rest) < _HEAD.size + size:
                return
            held = bytes(self._rest[_HEAD.size : _HEAD.size + size])
            del self._rest[: _HEAD.size + size]
            yield kind, held


def frame(kind: bytes, content: bytes = b"") -> bytes:
    """One frame."""
    return _HEAD.pack(kind, len(content)) + content


def count(number: int) -> bytes:
    """A number, as a frame holds it."""
    return _COUNT.pack(number)


def counted(content: bytes) -> int:
    """The number that a frame holds."""
    return int(_COUNT.unpack(content)[0])


def size(rows: int, columns: int) -> bytes:
    """A terminal's size, as a frame holds it."""
    return _PAIR.pack(rows, columns)


def sized(content: bytes) -> tuple[int, int]:
    """Rows and columns that a frame holds."""
    rows, columns = _PAIR.unpack(content)
    return rows, columns


def end(**facts: Any) -> bytes:
    """The last frame."""
    return frame(END, json.dumps(facts).encode())
