"""Files of one directory that are put in place together, once all of them are on the disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from kkinfra.errors import OutputError
from kkinfra.system.whole_file import stage

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

# ruff: noqa: PTH102, PTH105, PTH106, PTH108, PTH112, PTH114, PTH120
# Thousands of files are written; os.path is several times as fast.


class Staging:
    """New files, each beside its place, and the directories made for them; what is not in place at the end goes.

    Methods raise OSError; OutputError where a directory below the top is a symbolic link.
    """

    def __init__(self, top: str) -> None:
        self._top = top
        self._staged: list[tuple[str, str]] = []
        self._made: list[str] = []
        self._known = set[str]()

    def add(self, path: str, content: bytes, mode: int) -> None:
        """Write a file beside the place that it is to have; a path that was added before is put in place twice."""
        below = path.rpartition("/")[0]
        if below not in self._known:
            self._make_directories(below)
        place = f"{self._top}/{path}"
        self._staged.append((stage(place, content, mode, str(len(self._staged))), place))

    def place(self) -> None:
        """Put all in place, in the order in which they were added."""
        while self._staged:
            staged, place = self._staged[0]
            os.replace(staged, place)
            del self._staged[0]
        self._made.clear()

    def _make_directories(self, below: str) -> None:
        self._make(self._top)
        here = self._top
        for step in below.split("/") if below else ():
            here = f"{here}/{step}"
            if os.path.islink(here):
                raise OutputError(f"{here} is a symbolic link; kkinfra does not write through it")
            self._make(here)
        self._known.add(below)

    def _make(self, directory: str) -> None:
        """With those above it."""
        if os.path.isdir(directory):
            return
        self._make(os.path.dirname(directory) or os.curdir)
        with suppress(FileExistsError):  # made by another run just now; a file is noticed by what is written to it
            os.mkdir(directory)
            self._made.append(directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for staged, _ in self._staged:
            with suppress(OSError):
                os.unlink(staged)
        for directory in reversed(self._made):
            with suppress(OSError):
                os.rmdir(directory)
