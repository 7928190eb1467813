"""The events of an operation as they happen, on lines of their own: several resources are at work at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.console.telling import Telling

STILL_SECONDS = 30.0
"""After which it is told what lasts, though nothing happened: a database takes a quarter of an hour."""


@dataclass(slots=True)
class EventLines:
    """Tells a line, with the seconds since the beginning."""

    telling: Telling
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)

    def __call__(self, line: str) -> None:
        """Tell a line, at once."""
        self._told = time.monotonic()
        self.telling.happened(line, self._told - self._began)

    def still(self, line: str) -> None:
        """Tell a line, if nothing was told for a while."""
        if time.monotonic() - self._told >= STILL_SECONDS:
            self(line)
