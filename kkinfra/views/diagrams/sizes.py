"""Measures of a picture, in units of its viewBox: about a pixel at the width of a README."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.views.diagrams.graph import NodeKind
from kkinfra.views.diagrams.text_width import text_width

if TYPE_CHECKING:
    from kkinfra.views.diagrams.graph import Group, Node

TITLE_SIZE, TEXT_SIZE = 13, 12
LINE = 16
PADDING = 10  # of a node's text
INSET = 12  # between a group's border and what is in it
HEADER = 24  # of a group, without its details
GAP = 14  # between neighbours
LABEL = 12  # beside the text of a label: its line at the left, and air at the right
LABEL_BAND = 20
LANE = 9  # between lines that run side by side
CORNER = 5
DISC = 5  # half the height of a store's rim
STORES = (NodeKind.STORE, NodeKind.VOLUME)


def node_size(node: Node) -> tuple[float, float]:
    """Width and height of a node, without what its labels need."""
    widths = [text_width(node.title, TITLE_SIZE, bold=True), *(text_width(each, TEXT_SIZE) for each in node.details)]
    rims = 2 * DISC if node.kind in STORES else 0
    return max(widths) + 2 * PADDING, LINE * (1 + len(node.details)) + 2 * PADDING + rims


def label_width(text: str) -> float:
    """Width of what is written at a line."""
    return text_width(text, TEXT_SIZE)


def header_width(group: Group) -> float:
    """Width of a group's label and its details."""
    details = (text_width(detail, TEXT_SIZE) for detail in group.details)
    return max(text_width(group.label, TEXT_SIZE, bold=True), *details, 0)


def header_height(group: Group) -> float:
    """Height of a group's label and its details, with air below."""
    return HEADER + LINE * len(group.details)
