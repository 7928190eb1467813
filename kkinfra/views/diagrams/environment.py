"""The picture of one environment, and that of all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.views.diagrams.compose import compose_pieces
from kkinfra.views.diagrams.graph import Diagram, Edge, EdgeKind, GroupKind, Node, NodeKind, joined
from kkinfra.views.diagrams.kubernetes import kubernetes_pieces
from kkinfra.views.diagrams.parts import place_id
from kkinfra.views.diagrams.plain import plain_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.views.diagrams.graph import Piece

_INSIDE = (NodeKind.PROCESS, NodeKind.JOB)
_LEFT_OUT = (NodeKind.VOLUME, NodeKind.OUTSIDE)
_LINE = 3  # names on one line of the product's node


def environment_diagram(environment: Environment) -> Diagram:
    """Everything of one environment."""
    purpose = f" ({environment.purpose})" if environment.purpose not in {"", environment.name} else ""
    title = f"{environment.project} {environment.name}{purpose}"
    description = (
        f"What runs in {environment.name} at {environment.domain}: how requests come in, who talks to whom, where data "
        "is kept, and how a release gets there."
    )
    return joined(title, description, _pieces(environment))


def _pieces(environment: Environment) -> Iterator[Piece]:
    platform = environment.platform
    if platform.cluster:
        return kubernetes_pieces(environment, platform.cluster)
    return compose_pieces(environment, platform.instance) if platform.instance else plain_pieces(environment)


def whole_diagram(project: str, environments: Sequence[Environment]) -> Diagram:
    """All environments, each with its processes as one node, and without its lesser things."""
    names = ", ".join(environment.name for environment in environments)
    told = "how requests come in, where data is kept, and how a release gets there"
    description = f"The environments of {project} ({names}): {told}."
    return joined(f"{project}: {names}", description, (_condensed(environment) for environment in environments))


def _condensed(environment: Environment) -> Diagram:
    """The processes and jobs as one node, which takes over their edges."""
    diagram = environment_diagram(environment)
    inside = [node for node in diagram.nodes if node.kind in _INSIDE]
    if not inside:
        return diagram
    hidden = {node.id for node in diagram.nodes if node.kind in _LEFT_OUT}
    product = Node(
        place_id(environment, "product"), environment.project, NodeKind.PROCESS, inside[0].group, tuple(_names(inside))
    )
    renamed = {node.id: product.id for node in inside}
    kept = [node for node in diagram.nodes if node.id not in renamed and node.id not in hidden]
    edges = _unique(
        replace(
            edge,
            source=renamed.get(edge.source, edge.source),
            target=renamed.get(edge.target, edge.target),
            label="HTTP" if edge.target in renamed and edge.kind is EdgeKind.TRAFFIC else edge.label,
        )
        for edge in diagram.edges
        if edge.source not in hidden and edge.target not in hidden
    )
    groups = tuple(
        group if group.kind is GroupKind.NAMESPACE else replace(group, details=()) for group in diagram.groups
    )
    return replace(diagram, groups=groups, nodes=(product, *kept), edges=tuple(edges))


def _names(nodes: Sequence[Node]) -> Iterable[str]:
    for start in range(0, len(nodes), _LINE):
        yield ", ".join(node.title for node in nodes[start : start + _LINE])


def _unique(edges: Iterable[Edge]) -> Iterable[Edge]:
    """One edge for each pair and kind, called as the first of them; none from a node to itself."""
    found: dict[tuple[str, str, str], Edge] = {}
    for edge in edges:
        if edge.source != edge.target:
            found.setdefault((edge.source, edge.target, edge.kind), edge)
    return found.values()
