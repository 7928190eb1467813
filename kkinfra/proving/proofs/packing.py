"""Bin-packing: whether pods find a node each, by first-fit decreasing, as a lower bound of what a scheduler manages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Size:
    """Bytes of memory and thousandths of a processor."""

    memory: int
    cpu: int

    def fits(self, other: Size) -> bool:
        """Whether both fit into another size."""
        return self.memory <= other.memory and self.cpu <= other.cpu

    def __add__(self, other: Size) -> Size:
        """Both together."""
        return Size(self.memory + other.memory, self.cpu + other.cpu)

    def __sub__(self, other: Size) -> Size:
        """What is left."""
        return Size(self.memory - other.memory, self.cpu - other.cpu)


def unplaced(pods: Iterable[tuple[str, Size]], nodes: int, node: Size) -> list[str]:
    """The names of the pods that find no place on `nodes` nodes of one size; the largest are placed first.

    First-fit decreasing needs at most 11/9 of the fewest nodes possible, and 2/3 of one
    (https://doi.org/10.1016/j.tcs.2013.01.004).
    """
    left = [node] * nodes
    found: list[str] = []
    for name, size in sorted(pods, key=lambda pod: (-pod[1].memory, -pod[1].cpu, pod[0])):
        place = next((index for index, room in enumerate(left) if size.fits(room)), None)
        if place is None:
            found.append(name)
        else:
            left[place] -= size
    return found
