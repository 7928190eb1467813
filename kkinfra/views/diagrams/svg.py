"""A picture as SVG: its own colours for light and dark, and text that is text."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from kkinfra.views.diagrams.graph import EdgeKind, NodeKind
from kkinfra.views.diagrams.picture import pictured
from kkinfra.views.diagrams.sizes import CORNER, DISC, LINE, PADDING, STORES, TEXT_SIZE, TITLE_SIZE
from kkinfra.views.diagrams.style import STYLE
from kkinfra.views.diagrams.text_width import text_width

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.views.diagrams.graph import Diagram
    from kkinfra.views.diagrams.picture import Box, DrawnGroup, DrawnLine, DrawnNode, Head, Label, Picture

_MARGIN = 16
_TITLE = 34  # height of the picture's own title
_LEGEND = 36
_SAMPLE = 34  # length of a line in the legend
_HEAD = (4.5, 8)  # half the width and the length of an arrow's head
_KINDS = {EdgeKind.TRAFFIC: "requests", EdgeKind.DATA: "data", EdgeKind.DELIVERY: "delivery"}


def as_svg(diagram: Diagram) -> str:
    """The whole document; ends with a newline."""
    picture = pictured(diagram)
    legend = list(_legend(diagram, picture))
    least = max(text_width(diagram.title, TITLE_SIZE + 2, bold=True), _legend_width(diagram))
    width, height = max(picture.width, least) + 2 * _MARGIN, _TITLE + picture.height + _LEGEND + _MARGIN
    drawn = [
        *(part for group in picture.groups for part in _group(group)),
        *(_line(line) for line in picture.lines),
        *(_head(head) for head in picture.heads),
        *(part for node in picture.nodes for part in _node(node)),
        *(_label(label) for label in picture.labels),
        *legend,
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kkinfra" role="img" aria-label="{_attribute(diagram.title)}"'
        f' viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}">'
    )
    return "\n".join((
        opening,
        f"<title>{escape(diagram.title)}</title>",
        f"<desc>{escape(diagram.description)}</desc>",
        f"<style>{STYLE}</style>",
        f'<rect class="paper" width="{_n(width)}" height="{_n(height)}" rx="8"/>',
        f'<text class="name" x="{_MARGIN}" y="24">{escape(diagram.title)}</text>',
        f'<g transform="translate({_MARGIN} {_TITLE})">',
        *drawn,
        "</g>",
        "</svg>\n",
    ))  # fmt: skip


def _group(drawn: DrawnGroup) -> Iterator[str]:
    yield _rect(f"group {drawn.group.kind}", drawn.box, 6)
    x, y = drawn.header.left, drawn.header.top + LINE
    yield f'<text class="header" x="{_n(x)}" y="{_n(y)}">{escape(drawn.group.label)}</text>'
    for index, detail in enumerate(drawn.group.details):
        yield f'<text class="label" x="{_n(x)}" y="{_n(y + LINE * (index + 1))}">{escape(detail)}</text>'


def _node(drawn: DrawnNode) -> Iterator[str]:
    box, node = drawn.box, drawn.node
    if node.kind in STORES:
        yield _cylinder(node.kind, box)
    else:
        yield _rect(f"node {node.kind}", box, box.height / 2 if node.kind is NodeKind.PEOPLE else 5)
    middle = box.left + box.width / 2
    top = box.top + (box.height - LINE * (1 + len(node.details))) / 2 + 12 + (DISC if node.kind in STORES else 0)
    yield f'<text class="title" x="{_n(middle)}" y="{_n(top)}">{escape(node.title)}</text>'
    for index, detail in enumerate(node.details):
        yield f'<text class="detail" x="{_n(middle)}" y="{_n(top + LINE * (index + 1))}">{escape(detail)}</text>'


def _cylinder(kind: NodeKind, box: Box) -> str:
    half = f"{_n(box.width / 2)} {DISC} 0 0"
    body = f"M{_n(box.left)} {_n(box.top + DISC)}A{half} 1 {_n(box.right)} {_n(box.top + DISC)}"
    sides = f"V{_n(box.bottom - DISC)}A{half} 1 {_n(box.left)} {_n(box.bottom - DISC)}Z"
    rim = f"M{_n(box.left)} {_n(box.top + DISC)}A{half} 0 {_n(box.right)} {_n(box.top + DISC)}"
    return f'<path class="node {kind}" d="{body}{sides}{rim}"/>'


def _line(line: DrawnLine) -> str:
    (x, y), (end_x, end_y) = line.start, line.end
    if abs(x - end_x) < 1:
        return f'<path class="line {line.kind}" d="M{_n(end_x)} {_n(y)}V{_n(end_y)}"/>'
    radius = min(CORNER, abs(end_x - x) / 2)
    side = radius if end_x > x else -radius
    lane = line.lane
    path = (
        f"M{_n(x)} {_n(y)}V{_n(lane - radius)}Q{_n(x)} {_n(lane)} {_n(x + side)} {_n(lane)}"
        f"H{_n(end_x - side)}Q{_n(end_x)} {_n(lane)} {_n(end_x)} {_n(lane + radius)}V{_n(end_y)}"
    )
    return f'<path class="line {line.kind}" d="{path}"/>'


def _head(head: Head) -> str:
    half, length = _HEAD
    x, y = head.tip
    back = y - length if head.is_down else y + length
    points = f"{_n(x)},{_n(y)} {_n(x - half)},{_n(back)} {_n(x + half)},{_n(back)}"
    return f'<polygon class="head {head.kind}" points="{points}"/>'


def _label(label: Label) -> str:
    x, y = label.box.left, label.box.top + 12
    return f'<text class="label" x="{_n(x)}" y="{_n(y)}">{escape(label.text)}</text>'


def _legend(diagram: Diagram, picture: Picture) -> Iterator[str]:
    x, y = 0.0, picture.height + _LEGEND - 8
    for kind, name in _used(diagram):
        yield f'<path class="line {kind}" d="M{_n(x)} {_n(y)}H{_n(x + _SAMPLE - 6)}"/>'
        half, length = _HEAD
        tip = x + _SAMPLE
        back = f"{_n(tip - length)},{_n(y - half)} {_n(tip - length)},{_n(y + half)}"
        yield f'<polygon class="head {kind}" points="{_n(tip)},{_n(y)} {back}"/>'
        yield f'<text class="label" x="{_n(tip + 6)}" y="{_n(y + 4)}">{name}</text>'
        x = tip + 6 + text_width(name, TEXT_SIZE) + 2 * PADDING


def _legend_width(diagram: Diagram) -> float:
    return sum(_SAMPLE + 6 + text_width(name, TEXT_SIZE) + 2 * PADDING for _, name in _used(diagram))


def _used(diagram: Diagram) -> list[tuple[EdgeKind, str]]:
    kinds = {edge.kind for edge in diagram.edges}
    return [(kind, name) for kind, name in _KINDS.items() if kind in kinds]


def _rect(classes: str, box: Box, radius: float) -> str:
    place = f'x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(box.width)}" height="{_n(box.height)}"'
    return f'<rect class="{classes}" {place} rx="{_n(radius)}"/>'


def _attribute(text: str) -> str:
    return escape(text, {'"': "&quot;"})


def _n(number: float) -> str:
    """One digit after the point, and none where it is 0, so that files are short and the same everywhere."""
    return f"{number:.1f}".removesuffix(".0")
