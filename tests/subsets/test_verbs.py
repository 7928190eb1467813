"""What else reads a spec: proofs, comparison, pictures and the report get along with every subset."""

from datetime import date

import pytest

from kkinfra.proving.installed import load_proofs
from kkinfra.proving.proof import ComparisonProof
from kkinfra.proving.prove import prove
from kkinfra.views.comparison import compare
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.views.diagrams.mermaid import as_mermaid
from kkinfra.views.diagrams.svg import as_svg
from rendered_subsets import each_problem

PROOFS = load_proofs()
TODAY = date(2026, 11, 30)


def test_no_proof_breaks_and_none_finds_an_error(taken, count):
    """They are given hosts and nodes with room for all, so that an error would be about what is missing."""

    def errors(each):
        results = prove(each.spec, each.spec.environments, TODAY, PROOFS, lambda _: each.tree)
        return [f"{result.rule} {result.at}: {result.problem}" for result in results if result.is_error]

    assert not (problems := each_problem(taken, errors)), problems
    count(f"proofs: {len(taken)} subsets, none broke, 0 errors")


@pytest.fixture(scope="module")
def pairs(taken):
    """The same subset twice: on a host, and in a cluster."""
    by_name = {each.name: each.environment for each in taken}
    hosts = [name.removesuffix("-ssh") for name in by_name if name.endswith("-ssh")]
    return {name: (by_name[f"{name}-ssh"], by_name[f"{name}-apply"]) for name in hosts}


def test_environments_are_compared(pairs, count):
    comparisons = [each for each in PROOFS.values() if isinstance(each, ComparisonProof)]
    assert len(pairs) > 100
    assert comparisons
    for one, other in pairs.values():
        assert compare(one, other, TODAY)
        found = [finding for each in comparisons for finding in each.compare(one, other)]
        assert all(finding.rule and finding.message for finding in found)
    count(f"compare, and parity: {len(pairs)} subsets, on a host and in a cluster")


def test_every_subset_is_drawn_as_mermaid(taken):
    for each in taken:
        diagram = environment_diagram(each.environment)
        assert as_mermaid(diagram).startswith("flowchart")
        known = {one.id for one in (*diagram.nodes, *diagram.groups)}
        assert all({edge.source, edge.target} <= known for edge in diagram.edges), each.name


def test_single_parts_and_omissions_are_drawn_as_svg(taken):
    """A picture takes a good part of a second."""
    some = [each for each in taken if each.name.startswith("all-but-") or len(each.subset.kinds) == 1]
    for each in some:
        assert as_svg(environment_diagram(each.environment)).startswith("<svg"), each.name


def test_a_host_and_a_cluster_are_drawn_in_one_picture(pairs):
    for one, other in pairs.values():
        renamed = other.model_copy(update={"name": "other"})
        assert as_mermaid(whole_diagram("shop", [one, renamed])).startswith("flowchart")
