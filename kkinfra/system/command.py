"""A command is a value: making one runs nothing, `kkinfra.system.process` alone does."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """A program with its arguments, never text for a shell, and the directory that it runs in."""

    argv: tuple[str, ...]
    directory: str = "."

    def __str__(self) -> str:
        """As a person would type it."""
        return shlex.join(self.argv)
