"""What a run has done so far, one line a step, on the disk before the step after it begins.

It is also what the deployer sees while the run lasts, and what the next run reads where this one was cut off.
"""

from __future__ import annotations

import errno
import json
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.host import files
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from kkinfra.host.layout import Layout

FILE = "journal.jsonl"
COMMITTED = "committed"
_RESERVED_BYTES = 1 << 18
_PROSE = ("text", "error", "why")
"""What may tell a secret; elsewhere, one that is called as a step or a release would make the journal unreadable."""


@dataclass
class Journal:
    """The journal of one run. `masked` takes secrets out of what is written; `heard` is told each step's name."""

    path: Path
    masked: Callable[[str], str] = str
    heard: Callable[[str], None] | None = None
    _step: str = field(default="", init=False)
    _is_full: bool = field(default=False, init=False)

    def write(self, kind: str, **facts: Any) -> None:
        """Append a line, and bring it to the disk."""
        told = {name: self.masked(fact) if name in _PROSE else fact for name, fact in facts.items()}
        line = json.dumps({"at": round(time.time(), 3), "kind": kind, **told})
        try:
            append(self.path, line, 0o600)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            stops, self._is_full = kind != "end" and not self._is_full, True
            self._write_at_last(line)
            if stops:
                raise HostError(files.remedy(error)) from error

    def reserve(self) -> None:
        """Keep room on the disk for what must be written if it fills up meanwhile; raises HostError without any."""
        try:
            with self._reserve.open("wb") as stream:
                os.posix_fallocate(stream.fileno(), 0, _RESERVED_BYTES)
        except OSError as error:
            self.give_back()
            raise HostError(files.remedy(error)) from error

    def give_back(self) -> None:
        """Let others have that room."""
        with suppress(OSError):
            self._reserve.unlink()

    @property
    def _reserve(self) -> Path:
        return self.path.with_name("reserve")

    def _write_at_last(self, line: str) -> None:
        """With the room that was kept; where somebody else took it, going back is still better done than told."""
        self.give_back()
        with suppress(OSError):
            append(self.path, line, 0o600)

    def note(self, text: str) -> None:
        """Something worth reading, in the step that is under way."""
        self.write("note", step=self._step, text=text)

    def warn(self, text: str) -> None:
        """Something that went wrong and stops nothing."""
        self.write("warning", step=self._step, text=text)

    @contextmanager
    def step(self, name: str, text: str = "") -> Generator[None]:
        """A step, from its beginning to its end."""
        self._step = name
        if self.heard is not None:
            self.heard(name)
        started = time.monotonic()
        self.write("begin", step=name, text=text)
        yield
        self.write("done", step=name, seconds=round(time.monotonic() - started, 2))


def append(path: Path, line: str, mode: int) -> None:
    """Append a line, and bring it to the disk; what a power cut left of the line before spoils only itself."""
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, mode)
    try:
        size = os.fstat(handle).st_size
        parted = b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""
        content = parted + line.encode() + b"\n"
        if os.write(handle, content) != len(content):
            os.ftruncate(handle, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a journal; a last line that a power cut left half is not one."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    found: list[dict[str, Any]] = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def is_ended(lines: list[dict[str, Any]]) -> bool:
    """Whether the run came to an end, good or bad."""
    return any(line["kind"] == "end" for line in lines)


def last_step(lines: list[dict[str, Any]]) -> str:
    """The step that was under way last."""
    return next((str(line["step"]) for line in reversed(lines) if line["kind"] == "begin"), "")


def release_due(lines: list[dict[str, Any]]) -> str:
    """The release that has to serve after a run that was cut off: the one committed last, else the one of before."""
    committed = [line["release"] for line in lines if line["kind"] == COMMITTED]
    before = [line["before"] for line in lines if line["kind"] == "start"]
    return str((committed or before or [""])[-1])


def unfinished(layout: Layout, besides: Path | None = None) -> Path | None:
    """The directory of the newest run that changed something and never came to an end."""
    for run in sorted(layout.runs.glob("*"), reverse=True):
        lines = read(run / FILE)
        if run / FILE != besides and any(line["kind"] == "start" for line in lines):
            return None if is_ended(lines) else run
    return None
