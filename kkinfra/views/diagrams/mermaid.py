"""A picture as Mermaid's flowchart, which GitHub draws in Markdown (https://mermaid.js.org/syntax/flowchart.html)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.graph import EdgeKind, NodeKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.views.diagrams.graph import Diagram, Edge, Node

_ARROWS = {EdgeKind.TRAFFIC: "==>", EdgeKind.DATA: "-->", EdgeKind.DELIVERY: "-.->"}
_SHAPES = {NodeKind.PEOPLE: ("([", "])"), NodeKind.STORE: ("[(", ")]"), NodeKind.VOLUME: ("[(", ")]")}
_RECTANGLE = ("[", "]")
_PLAIN = re.compile(r"[^\w .,:/()+*=?!@%-]")


def as_mermaid(diagram: Diagram) -> str:
    """The text of a flowchart; ends with a newline."""
    ids = _ids(diagram)
    lines = [
        "flowchart TB",
        f"  accTitle: {_line(diagram.title)}",
        f"  accDescr: {_line(diagram.description)}",
        *_inside(diagram, "", ids, "  "),
    ]
    lines += (f"  {_arrow(edge, ids)}" for edge in diagram.edges)
    return "\n".join(lines) + "\n"


def _arrow(edge: Edge, ids: dict[str, str]) -> str:
    """Mermaid lays its rows out along the arrows and knows none that points back, so such a one has two heads."""
    label = f"|{_text(edge.label)}|" if edge.label else ""
    if edge.is_back:
        return f"{ids[edge.target]} <{_ARROWS[edge.kind]}{label} {ids[edge.source]}"
    return f"{ids[edge.source]} {_ARROWS[edge.kind]}{label} {ids[edge.target]}"


def _inside(diagram: Diagram, group: str, ids: dict[str, str], indent: str) -> Iterator[str]:
    for node in diagram.nodes_in(group):
        yield f"{indent}{ids[node.id]}{_shape(node)}"
    for inner in diagram.groups_in(group):
        label = ", ".join((inner.label, *inner.details))
        yield f"{indent}subgraph {ids[inner.id]}[{_text(label)}]"
        yield from _inside(diagram, inner.id, ids, f"{indent}  ")
        yield f"{indent}end"


def _shape(node: Node) -> str:
    opening, closing = _SHAPES.get(node.kind, _RECTANGLE)
    title = f"<b>{_escaped(node.title)}</b>"
    lines = "<br>".join((title, *map(_escaped, node.details)))
    return f'{opening}"{lines}"{closing}'


def _ids(diagram: Diagram) -> dict[str, str]:
    """Readable ids of letters, digits and underscores; the prefix keeps words of the language apart (`end`)."""
    found: dict[str, str] = {}
    for each in (*(group.id for group in diagram.groups), *(node.id for node in diagram.nodes)):
        plain = "n_" + re.sub(r"[^a-z0-9]+", "_", each.lower())
        found[each] = plain if plain not in found.values() else f"{plain}_{len(found)}"
    return found


def _text(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Whatever could mean something to Mermaid, Markdown or HTML as a number (`#35;` is `#`)."""
    return _PLAIN.sub(lambda match: f"#{ord(match[0])};", text)


def _line(text: str) -> str:
    """For titles, which know no escapes: what ends a statement there is left out."""
    return re.sub(r"[\r\n;#{}]+", " ", text)
