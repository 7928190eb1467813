"""An SVG can be read: no text lies on another, none leaves its box, and no line crosses one."""

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkout import ROOT
from drawn_svg import Area, crosses, read, runs_on
from kkinfra.rendering.pipeline import open_spec
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.views.diagrams.graph import Diagram, Edge, EdgeKind, Group, GroupKind, Node, NodeKind
from kkinfra.views.diagrams.svg import as_svg


def complaints(svg):
    drawn = read(svg)
    paper = Area(-16, -34, drawn.size[0] - 16, drawn.size[1] - 34)
    for one, other in combinations(drawn.texts, 2):
        if one.overlaps(other):
            yield f"{one.what!r} lies on {other.what!r}"
    for box, texts in (*drawn.nodes, *drawn.groups):
        yield from (f"{text.what!r} leaves its box" for text in texts if not box.holds(text))
    for one, other in combinations([box for box, _ in drawn.nodes], 2):
        if one.overlaps(other):
            yield f"a node lies on another, {one} and {other}"
    for line in drawn.lines:
        yield from (f"a line crosses {text.what!r}" for text in drawn.texts if crosses(line, text))
        yield from ("a line crosses a node" for box, _ in drawn.nodes if crosses(line, box))
        if not paper.holds(line):
            yield "a line leaves the paper"
    for one, other in combinations(drawn.lines, 2):
        if runs_on(one, other):
            yield f"a line runs on another, {one} and {other}"
    yield from (f"{text.what!r} leaves the paper" for text in drawn.texts if not paper.holds(text))


@pytest.fixture(scope="module")
def pictures():
    found = {}
    for name in ("spec/environments.yaml", "tests/rendering/everything.yaml"):
        spec = open_spec(ROOT / name)
        environments = list(spec.environments.values())
        found[name, "whole"] = as_svg(whole_diagram(spec.project, environments))
        for environment in environments:
            found[name, environment.name] = as_svg(environment_diagram(environment))
    return found


def test_every_picture_of_a_spec_can_be_read(pictures):
    assert {name: list(complaints(svg)) for name, svg in pictures.items()} == {name: [] for name in pictures}


def test_the_real_ones_are_legible_at_the_width_of_a_readme(pictures):
    """12 units of text become 10 pixels, or more, in 900."""
    widths = {name: read(svg).size[0] for name, svg in pictures.items() if name[0].startswith("spec")}
    assert max(widths.values()) <= 900 * 12 / 10, widths


def test_it_says_what_it_shows_to_those_who_do_not_see_it(pictures):
    root = ET.fromstring(pictures["spec/environments.yaml", "alpha"])  # noqa: S314 - our own
    assert root.attrib["role"] == "img"
    assert root[0].text == "kkambbaki alpha (development and testing)"
    assert root[1].tag.endswith("desc")
    assert "alpha.singun11.wtf" in root[1].text


@st.composite
def diagrams(draw):
    texts = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=14)
    groups = []
    for index in range(draw(st.integers(0, 4))):
        parent = draw(st.sampled_from(["", *(group.id for group in groups)]))
        groups.append(Group(f"g{index}", draw(texts), GroupKind.HOST, parent, (draw(texts),)))
    places = st.sampled_from(["", *(group.id for group in groups)])
    inner = [Node(f"i{group.id}", "inner", NodeKind.STORE, group.id) for group in groups]
    nodes = [
        Node(f"n{index}", draw(texts), draw(st.sampled_from(NodeKind)), draw(places), (draw(texts),))
        for index in range(draw(st.integers(1, 6)))
    ]
    ids = st.sampled_from([node.id for node in (*inner, *nodes)])
    pairs = draw(st.lists(st.tuples(ids, ids), max_size=9))
    edges = [
        Edge(source, target, draw(texts), draw(st.sampled_from(EdgeKind)), draw(st.booleans()))
        for source, target in pairs
        if source != target
    ]
    return Diagram(tuple(groups), (*inner, *nodes), tuple(edges), draw(texts), "d")


@settings(max_examples=25)
@given(diagrams())
def test_any_diagram_can_be_read(diagram):
    svg = as_svg(diagram)
    assert list(complaints(svg)) == []
    assert svg == as_svg(diagram)
    assert svg.count('class="label"') >= len({(edge.label, edge.target) for edge in diagram.edges})
