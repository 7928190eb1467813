"""Where lines run: down from a node, along a lane between two rows, and down to where they end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.grid import CellKind
from kkinfra.views.diagrams.lanes import lanes
from kkinfra.views.diagrams.sizes import LABEL, label_width

if TYPE_CHECKING:
    from kkinfra.views.diagrams.columns import Columns
    from kkinfra.views.diagrams.grid import Cell, Grid, Hop

_EDGE = 10  # between a port and the end of its node
_FROM_END = 0.2  # of a node's width, where lines leave it
_APART = 12  # between two ports of one node


@dataclass(slots=True)
class LineRoute:
    """A hop with the x of its lines at both ends, and its lane between the rows, from 0; -1 where it runs straight."""

    hop: Hop
    uppers: dict[str, float]
    lower: float
    lane: int = -1


def routes(grid: Grid, columns: Columns) -> list[list[LineRoute]]:
    """The routes that leave each row."""
    found: list[list[LineRoute]] = []
    for row, hops in enumerate(grid.hops):
        lowers = _lowers(grid, columns, row)
        uppers = _uppers(grid, columns, row, lowers)
        routed = [
            LineRoute(hop, {upper: uppers[upper, index] for upper in hop.uppers}, lowers[index])
            for index, hop in enumerate(hops)
        ]
        lanes(routed)
        found.append(routed)
    return found


def _lowers(grid: Grid, columns: Columns, row: int) -> dict[int, float]:
    """By index of the hop: where it comes into its lower cell."""
    by_cell: dict[str, list[int]] = {}
    for index, hop in enumerate(grid.hops[row]):
        by_cell.setdefault(hop.lower, []).append(index)
    found: dict[int, float] = {}
    for cell_id, indices in by_cell.items():
        cell, left = grid.cells[cell_id], columns.left[cell_id]
        if cell.kind is CellKind.PASS:
            found[indices[0]] = left + cell.width / 2
        elif cell.kind is CellKind.GATE:
            found[indices[0]] = left + LABEL / 2
        else:
            indices.sort(key=lambda index: _middle(grid, columns, grid.hops[row][index].uppers))
            found |= _side_by_side(grid, columns, row, cell, indices)
    return found


def _side_by_side(grid: Grid, columns: Columns, row: int, cell: Cell, indices: list[int]) -> dict[int, float]:
    """Each with room for its label at its right; one alone comes straight down, where it can."""
    left = columns.left[cell.id]
    widths = [label_width(grid.hops[row][index].net.label) + LABEL for index in indices]
    start = left + (cell.width - sum(widths)) / 2 + LABEL / 2
    if len(indices) == 1:
        wanted = _middle(grid, columns, grid.hops[row][indices[0]].uppers)
        return {indices[0]: max(left + _EDGE, min(wanted, left + cell.width - widths[0] + LABEL / 2))}
    found: dict[int, float] = {}
    for index, width in zip(indices, widths, strict=True):
        found[index] = start
        start += width
    return found


def _middle(grid: Grid, columns: Columns, cells: tuple[str, ...]) -> float:
    return sum(columns.left[each] + grid.cells[each].width / 2 for each in cells) / len(cells)


def _uppers(grid: Grid, columns: Columns, row: int, lowers: dict[int, float]) -> dict[tuple[str, int], float]:
    """By upper cell and index of the hop: where it leaves, as straight above its lower end as there is room."""
    by_cell: dict[str, list[int]] = {}
    for index, hop in enumerate(grid.hops[row]):
        for upper in hop.uppers:
            by_cell.setdefault(upper, []).append(index)
    found: dict[tuple[str, int], float] = {}
    for cell_id, indices in by_cell.items():
        cell, left = grid.cells[cell_id], columns.left[cell_id]
        if cell.kind is CellKind.PASS:
            found[cell_id, indices[0]] = left + cell.width / 2
            continue
        indices.sort(key=lambda index: lowers[index])
        edge = cell.width * _FROM_END
        places = spread([lowers[index] for index in indices], left + edge, left + cell.width - edge, _APART)
        found |= {(cell_id, index): place for index, place in zip(indices, places, strict=True)}
    return found


def spread(wanted: list[float], least: float, most: float, apart: float) -> list[float]:
    """Places in the order of those that are wanted, between two ends, and at least so far apart as there is room."""
    apart = min(apart, (most - least) / max(1, len(wanted) - 1))
    found = [min(most, max(least, each)) for each in wanted]
    for index in range(1, len(found)):
        found[index] = max(found[index], found[index - 1] + apart)
    for index in range(len(found) - 1, -1, -1):
        limit = most if index == len(found) - 1 else found[index + 1] - apart
        found[index] = min(found[index], limit)
    return found
