"""A command at a terminal of its own: what is typed, what is on the screen, and how large it is."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = 60


@dataclass
class Typist:
    """`handle` is the keyboard and the screen, `line` the terminal itself, `screen` all that was shown so far."""

    process: subprocess.Popen[bytes]
    handle: int
    line: int
    screen: str = field(default="", init=False)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self.handle, text.encode())

    def sees(self, wanted: str, seconds: float = SECONDS) -> str:
        """Wait until a text is on the screen, and return what was shown up to it; what follows is seen next."""
        until = time.monotonic() + seconds
        while wanted not in self.screen:
            ready, _, _ = select.select([self.handle], [], [], max(0, until - time.monotonic()))
            assert ready, f"{wanted!r} is not on the screen: {self.screen!r}"
            self.screen += os.read(self.handle, 1 << 16).decode(errors="replace")
        shown, _, self.screen = self.screen.partition(wanted)
        return shown + wanted

    def resize(self, rows: int, columns: int) -> None:
        """Make the terminal larger or smaller."""
        fcntl.ioctl(self.line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def mode(self) -> list[Any]:
        """How the terminal treats what is typed."""
        return termios.tcgetattr(self.line)

    def ends(self, seconds: float = SECONDS) -> int:
        """The exit code, once it ended."""
        until = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < until, f"it does not end: {self.screen!r}"
            if select.select([self.handle], [], [], 0.1)[0]:
                self.screen += os.read(self.handle, 1 << 16).decode(errors="replace")
        return self.process.returncode


@contextmanager
def terminal(call: dict[str, Any], rows: int = 30, columns: int = 90) -> Iterator[Typist]:
    """Start a command (what `subprocess` needs for it) at a terminal; it is killed at the end."""
    handle, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), line)
    process = subprocess.Popen(**{**call, **streams}, start_new_session=True)
    try:
        yield Typist(process, handle, line)
    finally:
        process.kill()
        process.wait()
        os.close(handle)
        os.close(line)
