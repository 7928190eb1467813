"""What is on the page: plain values for the template, computed from a specification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.exposure import exposure
from kkinfra.proving.proofs.reach import SOURCES
from kkinfra.proving.prove import prove
from kkinfra.proving.text import once
from kkinfra.views.comparison import compare, worded
from kkinfra.views.comparison.html import as_fragment
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.views.diagrams.svg import as_svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kkinfra.proving.prove import Result
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.date import Date
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec
    from kkinfra.views.comparison import Catalogue
    from kkinfra.views.diagrams.graph import Diagram

ORDER = ("error", "warning", "accepted", "note")
"""The kinds of findings, as the page has them."""


@dataclass(frozen=True, slots=True)
class DescribedPicture:
    """A picture as SVG, and its lines in words: from, to, with what, and of which kind."""

    id: str
    title: str
    svg: str
    lines: Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class SharedFinding:
    """A finding of the proofs, with the environments that it is of."""

    kind: str
    result: Result
    environments: list[str]


@dataclass(frozen=True, slots=True)
class Exposure:
    """Who reaches what in an environment: the sources that reach anything, and for each listener its ways by source."""

    environment: str
    sources: Mapping[str, str]
    rows: list[tuple[str, str, list[str]]]


def pictures(spec: Spec, whole: str) -> Iterator[DescribedPicture]:
    """All environments in one, where there are several; then each."""
    environments = list(spec.environments.values())
    if len(environments) > 1:
        yield _picture("whole", whole, whole_diagram(spec.project, environments))
    for environment in environments:
        yield _picture(environment.name, environment.name, environment_diagram(environment))


def _picture(id_: str, title: str, diagram: Diagram) -> DescribedPicture:
    names = {each.id: each.title for each in diagram.nodes} | {each.id: each.label for each in diagram.groups}
    lines = [(names[edge.source], names[edge.target], edge.label, edge.kind) for edge in diagram.edges]
    return DescribedPicture(id_, title, as_svg(diagram), lines)


def comparisons(spec: Spec, catalogue: Catalogue, on: Date) -> Iterator[str]:
    """The first environment beside each other one, as HTML."""
    first, *others = spec.environments.values()
    for other in others:
        yield as_fragment(worded(compare(first, other, on), (first.name, other.name), catalogue))


def findings(spec: Spec, on: Date) -> list[SharedFinding]:
    """Everything that the proofs find on a day, the worst first; what several environments share is there once."""
    found = [
        SharedFinding("accepted" if result.accepted else result.severity, result, names)
        for result, names in once(prove(spec, spec.environments, on))
    ]
    return sorted(found, key=lambda each: ORDER.index(each.kind))


def reachable(environment: Environment, tree: ArtifactTree) -> Exposure:
    """The exposure table, without the columns that nobody comes from."""
    table = exposure(environment, tree)
    sources = {source: meaning for source, meaning in SOURCES.items() if any(source in row.ways for row in table)}
    rows = [
        (row.part, row.listener, [", ".join(row.ways.get(source, ())) for source in sources])
        for row in sorted(table, key=lambda row: (row.part, row.listener))
    ]
    return Exposure(environment.name, sources, rows)


def counted(found: Sequence[SharedFinding], environment: str) -> dict[str, int]:
    """How many findings of each kind are of an environment."""
    return {kind: sum(each.kind == kind and environment in each.environments for each in found) for kind in ORDER}
