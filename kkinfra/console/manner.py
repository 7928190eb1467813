"""How a person wants to be told: what a call says about that, as the functions of this folder read it."""

from __future__ import annotations

from typing import Protocol


class Manner(Protocol):
    """The format of -o, and how much is said."""

    format: str
    quiet: bool
    verbose: bool


class Written(Manner, Protocol):
    """The same, and the file that a text goes to, of --out; standard output without one."""

    out: str | None


class Watched(Manner, Protocol):
    """The same, of an environment; `watch` are the seconds between two looks, None for a single one."""

    environment: str
    watch: int | None


class Agreed(Protocol):
    """Whether everything is agreed to before it is asked."""

    yes: bool
