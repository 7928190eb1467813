"""What becomes of a deploy, a build, a pull or a push, as events; the `str` of each is for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Begin:
    """Something begins that may take a while."""

    what: str

    def __str__(self) -> str:
        """For people."""
        return self.what


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the Dockerfile begins."""

    number: int
    of: int
    instruction: str

    def __str__(self) -> str:
        """For people."""
        return f"step {self.number}/{self.of}: {self.instruction}"


@dataclass(frozen=True, slots=True)
class Output:
    """A line that a step printed; a `detail` is the engine's own."""

    line: str
    detail: bool = False

    def __str__(self) -> str:
        """For people."""
        return f"  {self.line}"


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """What becomes of one layer on its way from or to a registry; `done` of `size` bytes, 0 where not told."""

    id: str
    status: str
    done: int = 0
    size: int = 0

    def __str__(self) -> str:
        """For people."""
        return f"  {self.id}: {self.status}"


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened `seconds` after the beginning, where several things are at work at once."""

    line: str
    seconds: float

    def __str__(self) -> str:
        """For people, on a line of its own."""
        return f"{self.seconds:5.0f} s  {self.line}"


Event = Step | Output | ImageLayer | Happened
Heard = Begin | Event
"""What a program hears that deploys."""
