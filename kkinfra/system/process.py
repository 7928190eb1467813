"""The one road to a process."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from kkinfra.errors import ProcessError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kkinfra.system.command import Command

_DEBIAN_PACKAGES = {"git": "git", "ssh": "openssh-client"}
_END_SECONDS = 10
_FLUSH_SECONDS = 1  # the last words of a command; what it left running may keep the stream open for longer


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: its exit code, and all of its standard output and standard error."""

    code: int
    output: str
    errors: str


def run(command: Command, *, seconds: float) -> Finished:
    """Run a command to its end, without standard input; raises ProcessError where it cannot start or takes longer.

    It speaks English (`LC_ALL=C`), since what it says may be recognised.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, and no shell
            command.argv, cwd=command.directory, env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`{command}` did not end within {seconds:g} s; see why by running it yourself") from None
    except OSError as error:
        raise ProcessError(_not_started(command.argv[0], error)) from error
    return Finished(done.returncode, done.stdout, done.stderr)


def converse(
    command: Command,
    given: bytes | IO[bytes],
    heard: Callable[[str], None],
    *,
    seconds: float,
    with_errors: bool = False,
) -> Finished:
    """Run a command that is given something and tells `heard` each line of its standard output as it comes.

    It is ended where it says nothing for so many seconds, or where `heard` raises; raises ProcessError. `output` of
    what is returned is empty; `with_errors`, so is `errors`, since `heard` gets those lines, too.
    """
    started = _start(command, stderr=subprocess.STDOUT if with_errors else subprocess.PIPE)
    errors: list[bytes] = []
    lines: queue.Queue[bytes | None] = queue.Queue()
    told = _aside(lambda: _read(started.stderr, errors.append))
    _aside(lambda: _read(started.stdout, lines.put, lambda: lines.put(None)))
    _aside(lambda: _give(started.stdin, given))
    try:
        while (line := lines.get(timeout=seconds)) is not None:
            heard(line.decode(errors="replace"))
        code = started.wait(timeout=_END_SECONDS)
        told.join(_FLUSH_SECONDS if code else 0)
    except queue.Empty:
        raise ProcessError(f"`{command.argv[0]}` said nothing for {seconds:g} s") from None
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`{command.argv[0]}` said its last word and did not end") from None
    finally:
        _end(started)
    return Finished(code, "", b"".join(errors).decode(errors="replace"))


@contextmanager
def piped(command: Command) -> Generator[subprocess.Popen[bytes]]:
    """A command whose three streams are the caller's; it is ended with all that it started. Raises ProcessError.

    It is in a session of its own, so that Ctrl-C is for the caller to hear, and it reads no terminal.
    """
    started = _start(command, bufsize=0)
    try:
        yield started
    finally:
        _end(started)
        for stream in (started.stdin, started.stdout, started.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _start(command: Command, *, stderr: int = subprocess.PIPE, bufsize: int = -1) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, with pipes for its streams; raises ProcessError."""
    try:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, and no shell
            command.argv, cwd=command.directory, env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=stderr, start_new_session=True, bufsize=bufsize,
        )  # fmt: skip
    except OSError as error:
        raise ProcessError(_not_started(command.argv[0], error)) from error


def _not_started(program: str, error: OSError) -> str:
    package = _DEBIAN_PACKAGES.get(program)
    how = f" (on Debian and Ubuntu: `sudo apt-get install {package}`)" if package else ""
    return f"{program} cannot be started ({error.strerror}); install it{how}, or add it to PATH"


def _end(started: subprocess.Popen[bytes]) -> None:
    """With all that it started and that has not ended; each stream is closed by whoever reads it, once it is over."""
    if started.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


def _aside(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _give(stream: IO[bytes] | None, content: bytes | IO[bytes]) -> None:
    """What is not wanted any more is not given; how the command ended says why."""
    if stream is not None:
        with suppress(OSError), stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                shutil.copyfileobj(content, stream)


def _read(stream: IO[bytes] | None, take: Callable[[bytes], None], end: Callable[[], None] | None = None) -> None:
    if stream is not None:
        with suppress(OSError), stream:
            for line in stream:
                take(line)
    if end is not None:
        end()
