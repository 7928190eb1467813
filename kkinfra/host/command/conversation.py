"""Between the deployer and a command: input, output, the terminal's size and signals, until one of both is gone."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from kkinfra.host.command import frames
from kkinfra.host.command.masked_stream import MaskedStream

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

_MOST_OUTPUT = 1 << 20
"""Bytes that wait for a slow deployer; a command that prints more waits, too."""
_LOOK_SECONDS, _SOON_SECONDS = 0.5, 0.05
_LAST_SECONDS = 0.3
"""After which what a command left behind is not taken for its own last words."""
_TICK_SECONDS = 1.0
_HEAD = 8
_BEGINNING = 400


class CommandProcess(Protocol):
    """What runs at the other end of the stream."""

    def resize(self, rows: int, columns: int) -> None:
        """Let its terminal have another size."""
        ...

    def signal(self, name: str) -> None:
        """Send it a signal (`INT`)."""
        ...

    def is_running(self) -> bool:
        """Whether it runs still."""
        ...


@dataclass
class Conversation:
    """`source` and `sink` lead to the deployer, `stream` to the command; with a `terminal` it is in no frames."""

    source: int
    sink: int
    stream: socket.socket
    process: CommandProcess
    secrets: list[str]
    terminal: bool
    first: bytes = b""
    why_lost: str = field(default="", init=False)
    began: bytes = field(default=b"", init=False)
    """The first bytes that came, which may be the engine's, and not the command's."""

    def __post_init__(self) -> None:
        self._frames = frames.Frames()
        self._masks = {kind: MaskedStream(self.secrets) for kind in (frames.OUTPUT, frames.ERRORS)}
        self._to_deployer, self._to_command, self._raw = bytearray(), bytearray(), bytearray()
        self._input_ended = self._output_ended = self._is_shut = False
        self._heard = self._looked = self._printed = time.monotonic()
        self._ended_at: float | None = None
        for handle in (self.source, self.sink):
            os.set_blocking(handle, False)
        self.stream.settimeout(0.0)

    def hold(self) -> bool:
        """Talk until the command ended; returns False where the deployer is gone, of which `why_lost` tells."""
        self._take_output(self.first)
        while not self.why_lost and not self._is_over():
            self._step()
        return not self.why_lost

    def tell(self, frame: bytes) -> None:
        """Send what is left, and a frame, as long as somebody is there; the command is over."""
        self._output_ended = self._is_shut = True
        for kind, mask in self._masks.items():
            self._tell(kind, mask.rest())
        self._to_deployer += frame
        while self._to_deployer and not self.why_lost:
            self._step()

    def _step(self) -> None:
        reads: list[int | socket.socket] = [self.source]
        if not self._output_ended and len(self._to_deployer) < _MOST_OUTPUT:
            reads.append(self.stream)
        writes: list[int | socket.socket] = [self.sink] if self._to_deployer else []
        if self._to_command and not self._is_shut:
            writes.append(self.stream)
        readable, writable, _ = select.select(reads, writes, [], self._patience())
        if self.source in readable:
            self._take_input()
        if self.stream in readable:
            self._read_output()
        if self.stream in writable:
            self._give_input()
        self._shut_when_told()
        for kind, mask in self._masks.items():
            self._tell(kind, mask.due())
        if self._to_deployer:
            self._give_output()
        if time.monotonic() - self._heard > frames.SILENCE_SECONDS:
            self.why_lost = f"the deployer said nothing for {frames.SILENCE_SECONDS} s"

    def _patience(self) -> float:
        times = [mask.due_at for mask in self._masks.values()]
        now = time.monotonic()
        is_near = self._output_ended or self._ended_at is not None
        longest = _SOON_SECONDS if is_near else _TICK_SECONDS
        return max(0.0, min([longest, *(each - now for each in times if each is not None)]))

    def _is_over(self) -> bool:
        """A command may end while something that it left holds its output, or close that long before it ends."""
        now = time.monotonic()
        if self._ended_at is None:
            if now - self._looked < (_LOOK_SECONDS if not self._output_ended else _SOON_SECONDS):
                return False
            self._looked = now
            self._ended_at = None if self.process.is_running() else now
            return False
        is_read = len(self._to_deployer) < _MOST_OUTPUT
        return self._output_ended or (is_read and now - max(self._ended_at, self._printed) > _LAST_SECONDS)

    def _take_input(self) -> None:
        try:
            content = os.read(self.source, frames.PIECE)
        except BlockingIOError:
            return
        except OSError:
            content = b""
        if not content:
            self.why_lost = "the connection ended"
            return
        self._heard = time.monotonic()
        for kind, held in self._frames.feed(content):
            if kind == frames.INPUT:
                self._to_command += held
            elif kind == frames.INPUT_END:
                self._input_ended = True
            elif kind == frames.SIZE:
                self.process.resize(*frames.sized(held))
            elif kind == frames.SIGNAL:
                self.process.signal(held.decode())

    def _give_input(self) -> None:
        try:
            number = self.stream.send(self._to_command[: frames.PIECE])
        except BlockingIOError:
            return
        except OSError:  # it reads nothing any more
            number, self._is_shut = len(self._to_command), True
        del self._to_command[:number]
        self._to_deployer += frames.frame(frames.TAKEN, frames.count(number))

    def _shut_when_told(self) -> None:
        import socket

        if self._is_shut and self._to_command:
            self._to_deployer += frames.frame(frames.TAKEN, frames.count(len(self._to_command)))
            self._to_command.clear()
        if self._input_ended and not self._to_command and not self._is_shut:
            self._is_shut = True
            try:
                self.stream.shutdown(socket.SHUT_WR)
            except OSError:
                return

    def _read_output(self) -> None:
        try:
            content = self.stream.recv(frames.PIECE)
        except BlockingIOError:
            return
        except OSError:
            content = b""
        if content:
            self._printed = time.monotonic()
            self._take_output(content)
        else:
            self._output_ended = True

    def _take_output(self, content: bytes) -> None:
        if self.terminal:
            self._tell(frames.OUTPUT, self._masks[frames.OUTPUT].feed(content))
            return
        self._raw += content
        for kind, held in self._unframed():
            self._tell(kind, self._masks[kind].feed(held))

    def _unframed(self) -> Iterator[tuple[bytes, bytes]]:
        """Without the engine's heads: a byte that names the stream, and the size in the last four of eight bytes."""
        while len(self._raw) >= _HEAD:
            size = int.from_bytes(self._raw[4:_HEAD], "big")
            if len(self._raw) < _HEAD + size:
                return
            kind = frames.ERRORS if self._raw[0] == 2 else frames.OUTPUT  # noqa: PLR2004 - standard error
            held = bytes(self._raw[_HEAD : _HEAD + size])
            del self._raw[: _HEAD + size]
            yield kind, held

    def _tell(self, kind: bytes, content: bytes) -> None:
        if len(self.began) < _BEGINNING:
            self.began += content[:_BEGINNING]
        for at in range(0, len(content), frames.PIECE):
            self._to_deployer += frames.frame(kind, content[at : at + frames.PIECE])

    def _give_output(self) -> None:
        try:
            number = os.write(self.sink, self._to_deployer[: frames.PIECE])
        except BlockingIOError:
            return
        except OSError:
            self.why_lost = "the connection ended"
            return
        del self._to_deployer[:number]
