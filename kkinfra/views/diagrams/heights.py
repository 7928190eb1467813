"""From top to bottom: rows, and between two of them borders, lanes, headers and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.views.diagrams.grid import CellKind
from kkinfra.views.diagrams.sizes import GAP, INSET, LABEL_BAND, LANE, header_height

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.views.diagrams.graph import Diagram
    from kkinfra.views.diagrams.grid import Cell, Grid
    from kkinfra.views.diagrams.routes import LineRoute


class Heights:
    """`tops` and `rows` are the y and the height of each row, `lanes` the y of the first lane below each row.

    `groups` are top and bottom of each group; `total` is the height of all.
    """

    def __init__(self, diagram: Diagram, grid: Grid, routed: list[list[LineRoute]]) -> None:
        self._grid = grid
        self._headers = {group.id: header_height(group) for group in diagram.groups}
        count = len(grid.hops)
        self.rows = [max(cell.height for cell in grid.cells.values() if cell.row == row) for row in range(count)]
        self.tops: list[float] = []
        self.lanes: list[float] = []
        bottom = 0.0
        for row in range(count):
            top = bottom + self._opening(row) + self._labelled(row, CellKind.NODE)
            self.tops.append(top)
            bottom = top + self.rows[row] + self._closing(row)
            self.lanes.append(bottom + GAP)
            used = [route.lane for route in routed[row]]
            if row + 1 < count:
                bottom += 2 * GAP + LANE * max(0, max(used, default=-1)) + self._labelled(row + 1, CellKind.GATE)
        self.total = bottom
        self.groups = {group.id: self._ends(group.id) for group in diagram.groups}

    def lane(self, number: int) -> float:
        """Below the first lane; a straight line has the first one's y."""
        return LANE * max(0, number)

    def leaving(self, cell: Cell) -> float:
        """Where lines leave a cell: below a node; through a cell that they pass they go on from its top."""
        return self.tops[cell.row] + (self.rows[cell.row] if cell.kind is CellKind.NODE else 0)

    def end(self, cell: Cell) -> float:
        """Where lines end: at the top of the row, or at the border of the group that a gate is in."""
        return self.groups[cell.group][0] if cell.kind is CellKind.GATE else self.tops[cell.row]

    def _labelled(self, row: int, kind: CellKind) -> float:
        """Room for labels that end at nodes of a row, or at groups that begin there."""
        hops = self._grid.hops[row - 1] if row else []
        found = any(hop.ends and hop.net.label and self._grid.cells[hop.lower].kind is kind for hop in hops)
        return LABEL_BAND if found else 0

    def _opening(self, row: int) -> float:
        """The headers of groups that begin at a row, one in another."""
        return max((self._header(group, row) for group in self._headers), default=0)

    def _closing(self, row: int) -> float:
        """The insets of groups that end at a row, one in another."""
        return max((self._inset(group, row) for group in self._headers), default=0)

    def _header(self, group: str, row: int) -> float:
        """The header of a group that begins at a row, with those in it that begin there, too."""
        if self._grid.span(group)[0] != row:
            return 0
        return self._headers[group] + max((self._header(inner, row) for inner in self._inner(group)), default=0)

    def _inset(self, group: str, row: int) -> float:
        """The lower inset of a group that ends at a row, with those in it that end there, too."""
        if self._grid.span(group)[1] != row:
            return 0
        return INSET + max((self._inset(inner, row) for inner in self._inner(group)), default=0)

    def _inner(self, group: str) -> Iterator[str]:
        return (each for each in self._headers if self._grid.tree.parent[each] == group)

    def _ends(self, group: str) -> tuple[float, float]:
        first, last = self._grid.span(group)
        top = self.tops[first] - self._labelled(first, CellKind.NODE) - self._header(group, first)
        return top, self.tops[last] + self.rows[last] + self._inset(group, last)
