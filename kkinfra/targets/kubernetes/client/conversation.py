"""A conversation with a process in a container: its streams are connected with descriptors of this process."""

from __future__ import annotations

import json
import os
import select
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.secrets.stream_mask import StreamMask
from kkinfra.system.terminal import raw, resizes, size
from kkinfra.targets.kubernetes.client.remote_process import STATUS, STDERR, STDOUT
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.secrets.mask import Mask
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.client.remote_process import RemoteProcess
    from kkinfra.targets.protocol.command import Streams

_HELD_SECONDS = 0.05
_PING_SECONDS, _DEAD_SECONDS = 20.0, 60.0
_CHUNK = 65_536
_ECHO = b"\r\n"


@dataclass(slots=True)
class Conversation:
    """What is written goes to the process, what it prints is masked; with a `terminal`, its size, too.

    `opening` is written before anything else, and a terminal's echo of it is not shown.
    """

    remote: RemoteProcess
    streams: Streams
    mask: Mask
    terminal: bool = False
    opening: bytes = b""
    _shown: dict[int, StreamMask] = field(default_factory=dict[int, StreamMask])
    _echo: bytes = b""

    def hold(self) -> JSON:
        """Return how it ended, as the server says it (a Status); empty where it does not say it.

        Raises ClusterError where the connection is lost.
        """
        self._shown = {STDOUT: StreamMask(self.mask), STDERR: StreamMask(self.mask)}
        self._echo = _ECHO if self.terminal and self.opening else b""
        with ExitStack() as stack:
            stack.callback(self.remote.end)
            resized = -1
            if self.terminal:
                stack.enter_context(raw(self.streams.stdin))
                resized = stack.enter_context(resizes())
                self._resize()
            self.remote.write(self.opening)
            stack.enter_context(_Input(self.remote, self.streams.stdin))
            return self._listen(resized)

    def _listen(self, resized: int) -> JSON:
        heard = time.monotonic()
        descriptors = [self.remote.fileno(), *([resized] if resized >= 0 else [])]
        while True:
            is_holding = any(each.is_holding for each in self._shown.values())
            wait = 0.0 if self.remote.has_more() else _HELD_SECONDS if is_holding else _PING_SECONDS
            ready = select.select(descriptors, [], [], wait)[0]
            if resized in ready:
                os.read(resized, _CHUNK)
                self._resize()
            if self.remote.fileno() in ready or self.remote.has_more():
                heard = time.monotonic()
                message = self.remote.read()
                if message is None or message[0] == STATUS:
                    self._flush()
                    return _status(message[1]) if message else {}
                self._show(*message)
            elif is_holding:
                self._flush()
            elif not ready:
                self._require_life(time.monotonic() - heard)

    def _require_life(self, seconds: float) -> None:
        if seconds > _DEAD_SECONDS:
            raise ClusterError(f"the connection with {self.remote.server} was lost: silent for {_DEAD_SECONDS:.0f} s")
        self.remote.ping()

    def _resize(self) -> None:
        rows, columns = size(self.streams.stdin)
        self.remote.resize(columns, rows)

    def _show(self, channel: int, data: bytes) -> None:
        if channel not in self._shown:
            return
        while channel == STDOUT and self._echo and data:
            is_echo = data[:1] == self._echo[:1]
            data, self._echo = (data[1:], self._echo[1:]) if is_echo else (data, b"")
        self._write(channel, self._shown[channel].feed(data))

    def _flush(self) -> None:
        for channel, each in self._shown.items():
            self._write(channel, each.flush())

    def _write(self, channel: int, data: bytes) -> None:
        write_all(self.streams.stderr if channel == STDERR else self.streams.stdout, data)


class _Input(threading.Thread):
    """Passes on what is read, until it ends or nobody listens any more; a context manager."""

    def __init__(self, remote: RemoteProcess, descriptor: int) -> None:
        super().__init__(daemon=True)
        self._remote, self._descriptor = remote, descriptor
        self._end_reader, self._end_writer = os.pipe()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        os.close(self._end_writer)
        self._remote.end()
        self.join(1.0)
        if not self.is_alive():
            os.close(self._end_reader)

    def run(self) -> None:
        with suppress(ClusterError):  # whoever listens is told
            for data in self._read():
                self._remote.write(data)
            self._remote.close_input()

    def _read(self) -> Generator[bytes]:
        """What comes, until the end; a descriptor that is closed has ended."""
        with suppress(OSError, ValueError):
            while self._end_reader not in (ready := select.select([self._descriptor, self._end_reader], [], [])[0]):
                data = os.read(self._descriptor, _CHUNK) if ready else b""
                if not data:
                    return
                yield data


def write_all(descriptor: int, data: bytes) -> None:
    """Write everything, waiting where the reader is slow; raises OSError."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])


def _status(said: bytes) -> JSON:
    try:
        read = json.loads(said)
    except ValueError:
        return {}
    return read if is_mapping(read) else {}
