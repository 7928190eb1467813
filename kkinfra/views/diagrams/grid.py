"""A diagram on rows: a cell for each node, and for each line where it passes a row or ends at a group."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.rows import rows
from kkinfra.views.diagrams.sizes import LABEL, label_width, node_size
from kkinfra.views.diagrams.tree import Tree

if TYPE_CHECKING:
    from kkinfra.views.diagrams.graph import Diagram, Edge, EdgeKind, Node


_MOST_CELLS = 60


class CellKind(Enum):
    """What a cell holds a place for."""

    NODE = auto()
    PASS = auto()
    GATE = auto()


@dataclass(slots=True)
class Cell:
    """A place in a row. A gate is where a line ends at the upper border of `group`."""

    id: str
    kind: CellKind
    row: int
    group: str
    width: float
    height: float = 0
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Net:
    """Lines that carry the same to the same target, and so are drawn as one; `is_up` where the arrow points up."""

    label: str
    kind: EdgeKind
    is_up: bool


@dataclass(frozen=True, slots=True)
class Hop:
    """The part of a net between two rows: from the cells of one to a cell of the next. `ends` at its label."""

    net: Net
    uppers: tuple[str, ...]
    lower: str
    ends: bool


class Grid:
    """Cells by id, and hops by the row that they leave."""

    def __init__(self, diagram: Diagram) -> None:
        self.tree = Tree(diagram)
        self._rows = rows(diagram, self.tree)
        self.cells: dict[str, Cell] = {}
        self.hops: list[list[Hop]] = [[] for _ in range(max(self._rows.values(), default=0) + 1)]
        for node in diagram.nodes:
            width, height = node_size(node)
            self.cells[node.id] = Cell(node.id, CellKind.NODE, self._rows[node.id], node.group, width, height, node)
        for (target, net, _), sources in self._nets(diagram).items():
            self._add(net, sources, target)
        self._make_room_for_labels()

    @property
    def is_large(self) -> bool:
        """Whether trying one place after another would take too long: the order of the spec is kept then."""
        return len(self.cells) > _MOST_CELLS

    def span(self, item: str) -> tuple[int, int]:
        """The first and the last row of a group, or of a cell."""
        if item in self.cells:
            return self.cells[item].row, self.cells[item].row
        found = [self._rows[node] for node in self.tree.nodes_below(item)]
        return min(found), max(found)

    def _nets(self, diagram: Diagram) -> dict[tuple[str, Net, str], list[str]]:
        """By lower end and net (of which those with two heads are not joined): the upper ends."""
        found: dict[tuple[str, Net, str], list[str]] = {}
        for edge in diagram.edges:
            source, target = edge.source, self._end_of(edge)
            is_up = self.span(target)[0] <= self._rows[source]
            upper, lower = (target, source) if is_up else (source, target)
            found.setdefault((lower, Net(edge.label, edge.kind, is_up), upper if is_up else ""), []).append(upper)
        return found

    def _end_of(self, edge: Edge) -> str:
        """Where an edge ends; one that leads up to a group ends at the first node in it."""
        if edge.target in self.cells or self.span(edge.target)[0] > self._rows[edge.source]:
            return edge.target
        return self.tree.nodes_below(edge.target)[0]

    def _add(self, net: Net, sources: list[str], target: str) -> None:
        """The hops of a net, with a cell in each row that it passes."""
        number = sum(map(len, self.hops))
        end = target
        if target not in self.cells:
            end = f"gate {number}"
            self.cells[end] = Cell(end, CellKind.GATE, self.span(target)[0], target, label_width(net.label) + LABEL)
        last = self.cells[end].row
        first = min(self.cells[source].row for source in sources)
        before: list[str] = []
        for row in range(first, last):
            uppers = (*before, *(source for source in sources if self.cells[source].row == row))
            lower = end
            if row + 1 < last:
                lower = f"pass {number} {row + 1}"
                self.cells[lower] = Cell(lower, CellKind.PASS, row + 1, self._around(sources[0], target, row + 1), 2)
            self.hops[row].append(Hop(net, uppers, lower, lower == end))
            before = [lower]

    def _around(self, source: str, target: str, row: int) -> str:
        """The innermost group of the source, else of the target, that is there in a row."""
        for item in (source, target):
            for group in reversed(self.tree.path(item)[:-1]):
                first, last = self.span(group)
                if first <= row <= last:
                    return group
        return ""

    def _make_room_for_labels(self) -> None:
        """Each label is to the right of its line, above the node that the line ends at."""
        for cell in self.cells.values():
            labels = [label_width(hop.net.label) + LABEL for hop in self.into(cell)]
            if cell.kind is CellKind.NODE and labels:
                cell.width = max(cell.width, sum(labels) + LABEL)

    def into(self, cell: Cell) -> list[Hop]:
        """The hops that end at a cell, or pass it."""
        return [hop for hop in self.hops[cell.row - 1] if hop.lower == cell.id] if cell.row else []
