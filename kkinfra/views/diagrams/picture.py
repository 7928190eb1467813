"""A diagram with a place for everything: boxes, lines and texts."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.columns import Columns, Order, Placing
from kkinfra.views.diagrams.grid import CellKind, Grid
from kkinfra.views.diagrams.heights import Heights
from kkinfra.views.diagrams.order import ordered
from kkinfra.views.diagrams.routes import LineRoute, routes
from kkinfra.views.diagrams.sizes import INSET, LABEL, LABEL_BAND, header_height, header_width, label_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.views.diagrams.graph import Diagram, EdgeKind, Group, Node


_ROUNDS = 40
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right end."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower end."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class DrawnGroup:
    """A group, and the box of its header's text."""

    group: Group
    box: Box
    header: Box


@dataclass(frozen=True, slots=True)
class DrawnNode:
    """A node."""

    node: Node
    box: Box


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """From above down to a lane, along it, and down; straight where both x are the same."""

    kind: EdgeKind
    start: tuple[float, float]
    lane: float
    end: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of an arrow: where its tip is, and whether it points down."""

    kind: EdgeKind
    tip: tuple[float, float]
    is_down: bool


@dataclass(frozen=True, slots=True)
class Label:
    """What is written at a line."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Picture:
    """All of it, on `width` x `height`."""

    width: float
    height: float
    groups: list[DrawnGroup]
    nodes: list[DrawnNode]
    lines: list[DrawnLine]
    heads: list[Head]
    labels: list[Label]


def pictured(diagram: Diagram) -> Picture:
    """Give everything in a diagram its place; the same for the same diagram.

    A group is widened until its header stands clear of the lines that come into it.
    """
    grid = Grid(diagram)
    order = ordered(diagram, grid)
    widened: dict[str, float] = {}
    picture = _drawn(diagram, grid, order, widened)
    for _ in range(_TRIES):
        wanted = {
            each.group.id: each.header.right + INSET - each.box.left for each in picture.groups if _overflows(each)
        }
        if not wanted:
            break
        widened |= wanted
        picture = _drawn(diagram, grid, order, widened)
    if grid.is_large:
        return picture
    return _narrowed(diagram, grid, order, widened) or picture


def _narrowed(diagram: Diagram, grid: Grid, order: Order, widened: dict[str, float]) -> Picture | None:
    """Without the widening of groups that do well without it, now that others are wider."""
    found: Picture | None = None
    for group in list(widened):
        kept = {each: width for each, width in widened.items() if each != group}
        picture = _drawn(diagram, grid, order, kept)
        if not any(map(_overflows, picture.groups)):
            widened, found = kept, picture
    return found


def _overflows(drawn: DrawnGroup) -> bool:
    return drawn.header.right + INSET > drawn.box.right + 1


def _drawn(diagram: Diagram, grid: Grid, order: Order, widened: dict[str, float]) -> Picture:
    columns = Placing(diagram, grid, widened).columns(order, _ROUNDS)
    routed = routes(grid, columns)
    heights = Heights(diagram, grid, routed)
    nodes = [
        DrawnNode(cell.node, Box(columns.left[cell.id], heights.tops[cell.row], cell.width, heights.rows[cell.row]))
        for cell in grid.cells.values()
        if cell.node
    ]
    lines, labels = list(_lines(grid, heights, routed)), list(_labels(grid, heights, routed))
    groups = [_group(group, columns, heights, lines, labels) for group in diagram.groups]
    return Picture(columns.width, heights.total, groups, nodes, lines, list(_heads(grid, heights, routed)), labels)


def _lines(grid: Grid, heights: Heights, routed: list[list[LineRoute]]) -> Iterator[DrawnLine]:
    for row, leaving in enumerate(routed):
        for route in leaving:
            for upper, x in route.uppers.items():
                start = heights.leaving(grid.cells[upper])
                lane = heights.lanes[row] + heights.lane(route.lane)
                end = heights.end(grid.cells[route.hop.lower])
                yield DrawnLine(route.hop.net.kind, (x, start), lane, (route.lower, end))


def _heads(grid: Grid, heights: Heights, routed: list[list[LineRoute]]) -> Iterator[Head]:
    for route in chain.from_iterable(routed):
        net = route.hop.net
        if net.is_up:
            for upper, x in route.uppers.items():
                if grid.cells[upper].kind is CellKind.NODE:
                    yield Head(net.kind, (x, heights.leaving(grid.cells[upper])), is_down=False)
        elif route.hop.ends:
            yield Head(net.kind, (route.lower, heights.end(grid.cells[route.hop.lower])), is_down=True)


def _labels(grid: Grid, heights: Heights, routed: list[list[LineRoute]]) -> Iterator[Label]:
    for route in chain.from_iterable(routed):
        label = route.hop.net.label
        if route.hop.ends and label:
            bottom = heights.end(grid.cells[route.hop.lower])
            box = Box(route.lower + LABEL / 2, bottom - LABEL_BAND, label_width(label), LABEL_BAND - 3)
            yield Label(label, box)


def _group(group: Group, columns: Columns, heights: Heights, lines: list[DrawnLine], labels: list[Label]) -> DrawnGroup:
    left, right = columns.groups[group.id]
    top, bottom = heights.groups[group.id]
    height = header_height(group)
    taken = [(x, x) for line in lines for x in _crossing(line, top, top + height) if left < x < right]
    taken += [
        (label.box.left, label.box.right)
        for label in labels
        if label.box.top < top + height and label.box.bottom > top and left < label.box.left < right
    ]
    start, width = left + INSET, header_width(group)
    for begin, end in sorted(taken):
        if begin < start + width + LABEL and end > start - LABEL:
            start = end + LABEL
    return DrawnGroup(group, Box(left, top, right - left, bottom - top), Box(start, top, width, height))


def _crossing(line: DrawnLine, top: float, bottom: float) -> Iterator[float]:
    """The x at which a line runs down through a band."""
    for x, start, end in ((line.start[0], line.start[1], line.lane), (line.end[0], line.lane, line.end[1])):
        if start < bottom and end > top:
            yield x
