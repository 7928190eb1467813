"""What an SVG of ours shows, read from its text alone: boxes, texts as wide as they may be, and lines as segments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from kkinfra.views.diagrams.text_width import text_width

SVG = "{http://www.w3.org/2000/svg}"
SIZES = {"name": (15, True), "title": (13, True), "header": (12, True), "detail": (12, False), "label": (12, False)}
MIDDLE = ("title", "detail")
MARGIN, TITLE = 16, 34


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float
    what: str = ""

    def overlaps(self, other: Area, slack: float = 0.5) -> bool:
        return (
            self.left + slack < other.right
            and other.left + slack < self.right
            and self.top + slack < other.bottom
            and other.top + slack < self.bottom
        )

    def holds(self, other: Area, slack: float = 0.5) -> bool:
        return (
            self.left <= other.left + slack
            and other.right <= self.right + slack
            and self.top <= other.top + slack
            and other.bottom <= self.bottom + slack
        )


@dataclass
class Drawn:
    size: tuple[float, float] = (0, 0)
    texts: list[Area] = field(default_factory=list)
    nodes: list[tuple[Area, list[Area]]] = field(default_factory=list)
    groups: list[tuple[Area, list[Area]]] = field(default_factory=list)
    lines: list[Area] = field(default_factory=list)


def read(svg: str) -> Drawn:
    root = ET.fromstring(svg)  # noqa: S314 - our own
    found = Drawn((float(root.attrib["width"]), float(root.attrib["height"])))
    owner: list[Area] = []
    owned: tuple[str, ...] = ()
    for element in root.iter():
        classes = element.attrib.get("class", "").split()
        if element.tag == f"{SVG}text":
            area = _text(element, classes[0])
            found.texts.append(area)
            if classes[0] in owned:
                owner.append(area)
        elif "node" in classes or "group" in classes:
            owner, owned = [], ("title", "detail") if "node" in classes else ("header", "label")
            (found.nodes if "node" in classes else found.groups).append((_area(element), owner))
        elif "line" in classes:
            owned = ()
            found.lines += _segments(element.attrib["d"])
    return found


def _text(element: ET.Element, kind: str) -> Area:
    size, bold = SIZES[kind]
    text = element.text or ""
    width = text_width(text, size, bold=bold)
    x, y = float(element.attrib["x"]), float(element.attrib["y"])
    if kind == "name":  # the others are in a group that is moved
        x, y = x - MARGIN, y - TITLE
    left = x - width / 2 if kind in MIDDLE else x
    return Area(left, y - size * 0.76, left + width, y + size * 0.24, text)


def _area(element: ET.Element) -> Area:
    if element.tag == f"{SVG}rect":
        left, top, width, height = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
        return Area(left, top, left + width, top + height)
    numbers = [float(each) for each in re.findall(r"-?\d+(?:\.\d+)?", element.attrib["d"])]
    left, shoulder, right, bottom = numbers[0], numbers[1], numbers[7], numbers[9]
    return Area(left, shoulder - 5, right, bottom + 5)


def _segments(path: str) -> list[Area]:
    """Straight parts, as areas without extent in one direction, and corners; each knows where its line ends."""
    x = y = 0.0
    found = []
    for letter, rest in re.findall(r"([MVHQ])([^MVHQ]*)", path):
        numbers = [float(each) for each in rest.split()]
        before = (x, y)
        if letter == "V":
            y = numbers[0]
        elif letter == "H":
            x = numbers[0]
        else:
            x, y = numbers[-2:]
        if letter != "M":
            ends = sorted((before[0], x)), sorted((before[1], y))
            found.append(Area(ends[0][0], ends[1][0], ends[0][1], ends[1][1], f"{x} {y}"))
    end = found[-1].what
    return [Area(each.left, each.top, each.right, each.bottom, end) for each in found]


def runs_on(one: Area, other: Area) -> bool:
    """Whether two lines that end at different places share more than a point."""
    if one.what == other.what:
        return False
    apart = 2
    wide, high = (
        min(one.right, other.right) - max(one.left, other.left),
        min(one.bottom, other.bottom) - max(one.top, other.top),
    )
    return (wide > 8 and high > -apart and _flat(one, other)) or (high > 8 and wide > -apart and _upright(one, other))


def _flat(*lines: Area) -> bool:
    return all(line.top == line.bottom for line in lines)


def _upright(*lines: Area) -> bool:
    return all(line.left == line.right for line in lines)


def crosses(line: Area, area: Area, slack: float = 1) -> bool:
    return (
        line.left < area.right - slack
        and area.left + slack < line.right + 0.01
        and line.top < area.bottom - slack
        and area.top + slack < line.bottom + 0.01
    )
