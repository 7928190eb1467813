"""From left to right: the order in which lines are shortest and cross least, found by moving one at a time."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.columns import Columns, Order, Placing
from kkinfra.views.diagrams.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.views.diagrams.graph import Diagram
    from kkinfra.views.diagrams.grid import Grid

_CROSSING = 60  # as bad as so many units of length
_ROUNDS = 4
_SWEEPS = 4


def ordered(diagram: Diagram, grid: Grid) -> Order:
    """The order of everything in each group: the better of what the diagram's own and its mirror image lead to."""
    own = _first(diagram, grid)
    if grid.is_large:
        return own
    placing = Placing(diagram, grid, {})
    starts = (own, {group: items[::-1] for group, items in own.items()})
    return min(starts, key=lambda order: _improved(placing, grid, order))


def _improved(placing: Placing, grid: Grid, order: Order) -> float:
    """The cost of an order, after it was changed until nothing is gained any more."""
    cost = _cost(placing, grid, order)
    for _ in range(_SWEEPS):
        before, cost = cost, _swept(placing, grid, order, cost)
        if cost == before:
            break
    return cost


def _first(diagram: Diagram, grid: Grid) -> Order:
    """As they are in the diagram: cells of a group, then the groups in it."""
    order: Order = {group: [] for group in (ROOT, *grid.tree.groups)}
    for group in diagram.groups:
        order[group.parent].append(group.id)
    for cell in grid.cells.values():
        order[cell.group].append(cell.id)
    return order


def _swept(placing: Placing, grid: Grid, order: Order, best: float) -> float:
    """Move each item of each group to its best place among its siblings; the cost afterwards."""
    for items in order.values():
        for item in list(items):
            origin = found = items.index(item)
            for place in range(len(items)):
                if place == origin:
                    continue
                items.remove(item)
                items.insert(place, item)
                cost = _cost(placing, grid, order)
                if cost < best - 1:
                    best, found = cost, place
            items.remove(item)
            items.insert(found, item)
    return best


def _cost(placing: Placing, grid: Grid, order: Order) -> float:
    columns = placing.columns(order, _ROUNDS)
    cost = columns.width * 2
    for hops in grid.hops:
        lines = [line for hop in hops for line in _lines(grid, columns, hop.uppers, hop.lower)]
        cost += sum(abs(upper - lower) for upper, lower in lines)
        cost += _CROSSING * sum((one[0] - two[0]) * (one[1] - two[1]) < 0 for one, two in combinations(lines, 2))
    return cost


def _lines(grid: Grid, columns: Columns, uppers: tuple[str, ...], lower: str) -> Iterator[tuple[float, float]]:
    middle = columns.left[lower] + grid.cells[lower].width / 2
    for upper in uppers:
        yield columns.left[upper] + grid.cells[upper].width / 2, middle
