"""A command that is run in an environment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command, as a list of arguments, in the image of a `part`: of the first that runs the product, where empty.

    It runs in a fresh container of the release that serves, which is removed afterwards; or, to `attach`, in the
    container that runs already. With a `terminal`, it has one, as wide and high as the caller's.
    """

    argv: tuple[str, ...]
    part: str = ""
    attach: bool = False
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Streams:
    """File descriptors that the command reads and writes; with a terminal, all are of that one."""

    stdin: int = 0
    stdout: int = 1
    stderr: int = 2
