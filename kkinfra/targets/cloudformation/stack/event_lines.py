"""The events of an operation as they happen, on lines of their own: several resources are at work at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TextIO

STILL_SECONDS = 30.0
"""After which it is told what lasts, though nothing happened: a database takes a quarter of an hour."""


@dataclass(slots=True)
class EventLines:
    """Prints a line with the seconds since the beginning, unless `quiet`."""

    stream: TextIO
    quiet: bool = False
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def __call__(self, line: str) -> None:
        """Print a line, at once."""
        self._told = time.monotonic()
        if not self.quiet:
            print(f"{self._told - self._began:5.0f} s  {line}", file=self.stream, flush=True)

    def still(self, line: str) -> None:
        """Print a line, if nothing was printed for a while."""
        if time.monotonic() - self._told >= STILL_SECONDS:
            self(line)
