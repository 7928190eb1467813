"""Which row each node is in: whoever turns to another is above it, and so is the group it is in."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.views.diagrams.graph import Diagram, Edge
    from kkinfra.views.diagrams.tree import Tree

Below = dict[str, set[str]]
"""By node: the nodes that are below it."""


def rows(diagram: Diagram, tree: Tree) -> dict[str, int]:
    """The row of each node, from 0; none that are called by others stay as low as those that they turn to allow."""
    below = _below(diagram, tree)
    found = _downwards(below)
    called = {lower for _, lower in map(_ends, diagram.edges)}
    for node in sorted(found, key=lambda node: -found[node]):
        if node not in called and below[node]:
            found[node] = min(found[other] for other in below[node]) - 1
    return found


def _below(diagram: Diagram, tree: Tree) -> Below:
    """An edge from one group to another puts all of the one above all of the other, where no other edge forbids it."""
    below: Below = {node.id: set() for node in diagram.nodes}
    for edge in diagram.edges:
        source, target = _ends(edge)
        outer_source, outer_target = tree.parted(source, target)
        wanted = [
            (tree.nodes_below(outer_source), tree.nodes_below(outer_target)),
            (tree.nodes_below(source), tree.nodes_below(target)),
        ]
        for above, under in wanted:
            if not _reaches(below, under, above):
                for upper, lower in product(above, under):
                    below[upper].add(lower)
                break
    return below


def _ends(edge: Edge) -> tuple[str, str]:
    """Which is to be above, and which below."""
    return (edge.target, edge.source) if edge.is_back else (edge.source, edge.target)


def _reaches(below: Below, start: Iterable[str], end: Iterable[str]) -> bool:
    """Whether one of `end` is one of `start`, or below it."""
    wanted, seen, waiting = set(end), set[str](), list(start)
    while waiting:
        node = waiting.pop()
        if node in wanted:
            return True
        if node not in seen:
            seen.add(node)
            waiting += below[node]
    return False


def _downwards(below: Below) -> dict[str, int]:
    """Each as high as those above it allow (longest path)."""
    above = {node: {upper for upper, lower in below.items() if node in lower} for node in below}
    found: dict[str, int] = {}
    waiting = dict.fromkeys(below)
    while waiting:
        for node in list(waiting):
            if above[node] <= found.keys():
                found[node] = max((found[upper] + 1 for upper in above[node]), default=0)
                del waiting[node]
    return found
