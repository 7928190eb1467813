"""The deployer's end of a command: what it types goes to the host, and what comes from there is shown."""

from __future__ import annotations

import json
import os
import select
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from kkinfra.errors import OutputError
from kkinfra.host.command import frames
from kkinfra.system import terminal

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from kkinfra.targets.protocol.command import Streams

_LOOK_SECONDS = 0.25
_FLUSH_SECONDS = 1


class Talk:
    """One conversation; `errors` is what ssh itself says, `ends` what the host said last, once it did."""

    def __init__(self, started: subprocess.Popen[bytes], streams: Streams, *, with_terminal: bool) -> None:
        self._started, self._streams, self._with_terminal = started, streams, with_terminal
        self._sending = threading.Lock()
        self._over = threading.Event()
        self._room, self._free = threading.Condition(), frames.WINDOW
        self._woken, self._wake = os.pipe()
        self._said: list[bytes] = []
        self.ends: dict[str, Any] = {}
        self.is_unread = False
        """Whether nobody reads the output any more, as behind `| head`."""

    @property
    def errors(self) -> str:
        """What ssh says, or what is between it and the command."""
        return b"".join(self._said).decode(errors="replace")

    def hold(self) -> None:
        """Talk until the host has said how the command ended, or says nothing any more; Ctrl-C is sent along once.

        Raises OutputError where something cannot be written.
        """
        aside = [self._aside(each) for each in (self._give, self._keep_alive, self._hear_ssh)]
        interrupted = False
        found = frames.Frames()
        try:
            while not self.ends:
                try:
                    content = self._receive()
                    if not content:
                        break
                    for kind, held in found.feed(content):
                        self._take(kind, held)
                except BrokenPipeError:
                    self.is_unread = True
                    break
                except KeyboardInterrupt:
                    if interrupted:
                        raise
                    interrupted = True
                    self._send(frames.SIGNAL, b"INT")
        finally:
            self._over.set()
            with self._room:
                self._room.notify_all()
            os.write(self._wake, b".")
            aside[0].join(_FLUSH_SECONDS)
            aside[1].join(_FLUSH_SECONDS)
            if not self.ends:
                aside[2].join(_FLUSH_SECONDS)
            os.close(self._wake)
            os.close(self._woken)

    def _receive(self) -> bytes:
        assert self._started.stdout is not None  # noqa: S101 - it is a pipe
        return os.read(self._started.stdout.fileno(), frames.PIECE)

    def _take(self, kind: bytes, held: bytes) -> None:
        if kind == frames.OUTPUT:
            _write(self._streams.stdout, held)
        elif kind == frames.ERRORS:
            _write(self._streams.stderr, held)
        elif kind == frames.TAKEN:
            with self._room:
                self._free += frames.counted(held)
                self._room.notify_all()
        elif kind == frames.END:
            self.ends = json.loads(held)

    def _give(self) -> None:
        """What is read goes along, and its end, but never more than the host has room for."""
        while not self._over.is_set():
            with self._room:
                self._room.wait_for(lambda: self._free > 0 or self._over.is_set())
                room = min(self._free, frames.PIECE)
            try:
                ready, _, _ = select.select([self._streams.stdin, self._woken], [], [])
                if self._woken in ready:
                    return
                content = os.read(self._streams.stdin, room)
            except (OSError, ValueError):  # it is closed
                content = b""
            if not content:
                self._send(frames.INPUT_END)
                return
            with self._room:
                self._free -= len(content)
            self._send(frames.INPUT, content)

    def _keep_alive(self) -> None:
        """Say that somebody is there, and how large the terminal is when that changes."""
        handle, shown, waited = self._streams.stdout, (0, 0), 0.0
        while not self._over.wait(_LOOK_SECONDS):
            waited += _LOOK_SECONDS
            if waited >= frames.ALIVE_SECONDS:
                waited = 0.0
                self._send(frames.ALIVE)
            if self._with_terminal and (now := terminal.size(handle)) != shown:
                shown = now
                self._send(frames.SIZE, frames.size(*now))

    def _hear_ssh(self) -> None:
        assert self._started.stderr is not None  # noqa: S101 - it is a pipe
        with suppress(OSError, ValueError):
            while content := os.read(self._started.stderr.fileno(), frames.PIECE):
                self._said.append(content)

    def _send(self, kind: bytes, content: bytes = b"") -> None:
        """What nobody takes any more is not sent; how the conversation ends says why."""
        assert self._started.stdin is not None  # noqa: S101 - it is a pipe
        with self._sending, suppress(OSError, ValueError):
            rest = memoryview(frames.frame(kind, content))
            while rest:
                rest = rest[os.write(self._started.stdin.fileno(), rest) :]

    @staticmethod
    def _aside(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread


def _write(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[os.write(handle, rest) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"what the command prints cannot be written: {error.strerror}; it is ended") from error
