"""Where each cell is from left to right: beside its neighbours, and as near as may be to what it is tied to."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from kkinfra.views.diagrams.grid import CellKind
from kkinfra.views.diagrams.sizes import GAP, INSET, LANE, header_width
from kkinfra.views.diagrams.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.views.diagrams.graph import Diagram
    from kkinfra.views.diagrams.grid import Grid

Order = dict[str, list[str]]
"""By group: what is in it, from left to right. The root's group is ROOT."""

Distances = dict[str, list[tuple[str, float]]]
"""By place: others, and how far away from each it is at least."""


class Columns(NamedTuple):
    """The left ends of cells, and both ends of groups; `width` is that of all."""

    left: dict[str, float]
    groups: dict[str, tuple[float, float]]
    width: float


class Placing:
    """Least distances between places, as an order of the cells asks for them.

    A place is a cell, or the left (`<`) or right (`>`) border of a group. They are in such an order that each distance
    is from an earlier one to a later one. `widened` are widths that groups have at least.
    """

    def __init__(self, diagram: Diagram, grid: Grid, widened: Mapping[str, float]) -> None:
        self._cells = grid.cells
        self._widths = {group.id: header_width(group) + 2 * INSET for group in diagram.groups} | dict(widened)
        self._links = _links(grid)
        self._gaps = _gaps(grid)

    def columns(self, order: Order, rounds: int) -> Columns:
        """Places for an order; more rounds bring the cells nearer to what they are tied to.

        In turn from the right and from the left, each goes as far towards its ties as the one before it lets it; those
        that come later still can follow, since none goes beyond what `least` and `most` leave them.
        """
        before = self._distances(order)
        places = list(before)
        after: Distances = {place: [] for place in places}
        for place, distances in before.items():
            for other, distance in distances:
                after[other].append((place, distance))
        least = dict.fromkeys(places, 0.0)
        for place in places:
            least[place] = _after(least, before[place])
        width = least[f">{ROOT}"]
        most = dict.fromkeys(places, width)
        for place in reversed(places):
            most[place] = _before(most, after[place], width)
        at = dict(least)
        for number in range(rounds):
            if number % 2 == 0:
                for place in reversed(places):
                    limit = _before(at, after[place], width)
                    at[place] = max(least[place], min(limit, self._wanted(place, at, limit)))
            else:
                for place in places:
                    limit = _after(at, before[place])
                    at[place] = min(most[place], max(limit, self._wanted(place, at, limit)))
        return self._tightened(order, at, width)

    def _distances(self, order: Order) -> Distances:
        """By place, in order: those before it."""
        found: Distances = {}

        def visit(group: str) -> None:
            found.setdefault(f"<{group}", [])
            inset = INSET if group else 0
            right: list[tuple[str, float]] = [(f"<{group}", 0)]
            if group:
                right.append(self._header_ends(group, order))
            earlier: list[str] = []
            for item in order[group]:
                is_cell = item in self._cells
                start = found.setdefault(item if is_cell else f"<{item}", [(f"<{group}", inset)])
                for other in earlier:
                    gap = self._gaps.get((other, item))
                    if gap is not None:
                        start.append(self._end(other, gap))
                if not is_cell:
                    visit(item)
                right.append(self._end(item, inset))
                earlier.append(item)
            found[f">{group}"] = right

        visit(ROOT)
        return found

    def _header_ends(self, group: str, order: Order) -> tuple[str, float]:
        """Where a header ends, counted from the first cell in its group: the border is not yet known to be there."""
        inset, item = 0, group
        while item not in self._cells:
            item, inset = order[item][0], inset + INSET
        return item, self._widths[group] - inset

    def _end(self, item: str, gap: float) -> tuple[str, float]:
        """The place that an item ends with, and how far from it the gap behind the item ends."""
        return (item, self._cells[item].width + gap) if item in self._cells else (f">{item}", gap)

    def _wanted(self, place: str, at: Mapping[str, float], limit: float) -> float:
        """So that the middle of a cell is above, or below, the middle of all that it is tied to; borders give way."""
        if place not in self._cells:
            return limit
        linked = self._links.get(place)
        if not linked:
            return at[place]
        total = 0.0
        for other in linked:
            total += at[other] + self._cells[other].width / 2
        return total / len(linked) - self._cells[place].width / 2

    def _tightened(self, order: Order, at: Mapping[str, float], width: float) -> Columns:
        """Borders of groups as near to what is in them as their headers allow."""
        groups: dict[str, tuple[float, float]] = {}

        def visit(group: str) -> tuple[float, float]:
            ends = [
                (at[item], at[item] + self._cells[item].width) if item in self._cells else visit(item)
                for item in order[group]
            ]
            left = min(start for start, _ in ends) - INSET
            right = max(end for _, end in ends) + INSET
            groups[group] = (left, max(right, left + self._widths[group]))
            return groups[group]

        for item in order[ROOT]:
            if item not in self._cells:
                visit(item)
        return Columns({cell: at[cell] for cell in self._cells}, groups, width)


def _after(at: Mapping[str, float], distances: list[tuple[str, float]]) -> float:
    limit = 0.0
    for other, distance in distances:
        limit = max(limit, at[other] + distance)
    return limit


def _before(at: Mapping[str, float], distances: list[tuple[str, float]], width: float) -> float:
    limit = width
    for other, distance in distances:
        limit = min(limit, at[other] - distance)
    return limit


def _links(grid: Grid) -> dict[str, list[str]]:
    """By cell: the cells of the rows above and below that it is tied to."""
    found: dict[str, list[str]] = {}
    for hop in chain.from_iterable(grid.hops):
        for upper in hop.uppers:
            found.setdefault(upper, []).append(hop.lower)
            found.setdefault(hop.lower, []).append(upper)
    return found


def _gaps(grid: Grid) -> dict[tuple[str, str], float]:
    """How far apart two siblings are at least, where neither may be above the other: they share a row.

    A gate may be above a node that no line comes into.
    """
    cells = grid.cells
    siblings: dict[str, list[str]] = {}
    for group in grid.tree.groups:
        siblings.setdefault(grid.tree.parent[group], []).append(group)
    for cell in cells.values():
        siblings.setdefault(cell.group, []).append(cell.id)
    spans = {item: grid.span(item) for item in chain.from_iterable(siblings.values())}
    gates = {cell.id for cell in cells.values() if cell.kind is CellKind.GATE}
    passes = {cell.id for cell in cells.values() if cell.kind is CellKind.PASS}
    uncalled = {cell.id for cell in cells.values() if cell.kind is CellKind.NODE and not grid.into(cell)}
    found: dict[tuple[str, str], float] = {}
    for items in siblings.values():
        for one in items:
            for other in items:
                (first, last), (begin, end) = spans[one], spans[other]
                is_free = (one in gates and other in uncalled) or (other in gates and one in uncalled)
                if first <= end and begin <= last and not is_free:
                    found[one, other] = LANE if one in passes or other in passes else GAP
    return found
