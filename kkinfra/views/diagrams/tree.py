"""Groups as a tree: what is in what."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.views.diagrams.graph import Diagram

ROOT = ""


class Tree:
    """The groups of a diagram, and the nodes in them."""

    def __init__(self, diagram: Diagram) -> None:
        self.parent = {each.id: each.parent for each in diagram.groups} | {
            each.id: each.group for each in diagram.nodes
        }
        self.groups = [group.id for group in diagram.groups]

    def path(self, item: str) -> list[str]:
        """The groups around a node or a group, outermost first, and the item itself."""
        found = [item]
        while parent := self.parent[found[0]]:
            found.insert(0, parent)
        return found

    def parted(self, one: str, other: str) -> tuple[str, str]:
        """The outermost items, around each or itself, that are not around both."""
        first, second = self.path(one), self.path(other)
        while len(first) > 1 and len(second) > 1 and first[0] == second[0]:
            del first[0], second[0]
        return first[0], second[0]

    def nodes_below(self, item: str) -> list[str]:
        """The nodes in a group, at any depth; a node is its own."""
        return self._nodes_below.get(item, [item])

    @cached_property
    def _nodes_below(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {group: [] for group in self.groups}
        for item in self.parent:
            if item not in found:
                for group in self.path(item)[:-1]:
                    found[group].append(item)
        return found
