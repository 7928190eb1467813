"""Real processes on this machine: those of one-off pods, and those that `exec` starts.

As a container runtime has them: a process group of its own, pipes or a terminal, an exit code, and what is attached to
it. https://github.com/containerd/containerd/blob/main/internal/cri/server/container_attach.go
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Sink = Callable[[int, bytes], None]

STDOUT, STDERR = 1, 2
_CHUNK = 32_768
_BASE = ("PATH", "HOME", "LANG", "TMPDIR")


class NotStartedError(Exception):
    """What the runtime says of a command that it cannot start."""


@dataclass(slots=True)
class Process:
    """A process; `sink` hears what it prints while something is attached, `log` always."""

    child: subprocess.Popen[bytes]
    log: Sink
    terminal: int = -1
    sink: Sink | None = None
    _pumps: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attached(self, sink: Sink) -> Process:
        with self._lock:
            self.sink = sink
        return self

    def write(self, data: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.terminal >= 0:
                os.write(self.terminal, data)
            elif self.child.stdin is not None:
                self.child.stdin.write(data)
                self.child.stdin.flush()

    def close_input(self) -> None:
        if self.child.stdin is not None:
            with contextlib.suppress(OSError):
                self.child.stdin.close()

    def resize(self, width: int, height: int) -> None:
        if self.terminal >= 0:
            fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def code(self) -> int | None:
        """Its exit code, 128 and the number of the signal that ended it; none while it runs, or prints."""
        code = self.child.poll()
        if code is None or any(each.is_alive() for each in self._pumps):
            return None
        return code if code >= 0 else 128 - code

    def wait(self) -> int:
        code = self.child.wait()
        for each in self._pumps:
            each.join()
        return code if code >= 0 else 128 - code

    def end(self, number: int = signal.SIGKILL) -> None:
        """End its whole group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.child.pid, number)

    def pump(self, descriptor: int, channel: int) -> None:
        thread = threading.Thread(target=self._pump, args=(descriptor, channel), daemon=True)
        self._pumps.append(thread)
        thread.start()

    def _pump(self, descriptor: int, channel: int) -> None:
        while data := _read(descriptor):
            self.log(channel, data)
            with self._lock:
                sink = self.sink
            if sink is not None:
                sink(channel, data)
        os.close(descriptor)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:  # a terminal whose last process has ended
        return b""


def start(argv: Sequence[str], variables: dict[str, str], log: Sink, *, terminal: bool) -> Process:
    """Raises NotStartedError where there is no such command, or it may not be executed."""
    environment = {name: os.environ[name] for name in _BASE if name in os.environ} | variables
    try:
        if terminal:
            return _with_terminal(argv, environment, log)
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment, start_new_session=True, cwd="/",
        )  # fmt: skip
    except FileNotFoundError:
        raise NotStartedError(f'exec: "{argv[0]}": executable file not found in $PATH') from None
    except PermissionError:
        raise NotStartedError(f'exec: "{argv[0]}": permission denied') from None
    made = Process(child, log)
    assert child.stdout is not None
    assert child.stderr is not None
    made.pump(os.dup(child.stdout.fileno()), STDOUT)
    made.pump(os.dup(child.stderr.fileno()), STDERR)
    child.stdout.close()
    child.stderr.close()
    return made


def _with_terminal(argv: Sequence[str], environment: dict[str, str], log: Sink) -> Process:
    master, slave = pty.openpty()
    try:
        child = subprocess.Popen(
            argv, stdin=slave, stdout=slave, stderr=slave, env={"TERM": "xterm", **environment}, cwd="/",
            start_new_session=True, preexec_fn=_control_terminal,  # noqa: PLW1509 - one call
        )  # fmt: skip
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    made = Process(child, log, terminal=master)
    made.pump(os.dup(master), STDOUT)
    return made


def _control_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@dataclass(slots=True)
class Processes:
    """Those of pods by the uid of the pod, and all others that were started."""

    of_pods: dict[str, Process] = field(default_factory=dict)
    others: list[Process] = field(default_factory=list)

    def end(self) -> None:
        for each in (*self.of_pods.values(), *self.others):
            each.end()
            each.wait()
            each.close_input()
            if each.terminal >= 0:
                os.close(each.terminal)
