"""What becomes of a build, a pull or a push, as events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the Dockerfile begins."""

    number: int
    of: int
    instruction: str


@dataclass(frozen=True, slots=True)
class Output:
    """A line that a step printed; a `detail` is the engine's own."""

    line: str
    detail: bool = False


@dataclass(frozen=True, slots=True)
class ImageLayer:
    """What becomes of one layer on its way from or to a registry; `done` of `size` bytes, 0 where not told."""

    id: str
    status: str
    done: int = 0
    size: int = 0


Event = Step | Output | ImageLayer
