"""Who talks to whom in a picture, held against what the renderers let through."""

import pytest

import quick_yaml
from checkout import EVERYTHING_FILE, SPEC_FILE
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.views.diagrams.environment import environment_diagram, whole_diagram
from kkinfra.views.diagrams.flows import data_flows
from kkinfra.views.diagrams.graph import EdgeKind

SPECS = {
    "real": SPEC_FILE,
    "everything": EVERYTHING_FILE,
}


@pytest.fixture(scope="module", params=SPECS)
def spec(request):
    return open_spec(SPECS[request.param])


def policies(environment):
    """By part: which parts, by name, may come in at which ports, and the ports that it may go out to."""
    documents = [
        quick_yaml.load(artifact.content)
        for artifact in render(environment)
        if artifact.path.endswith("network-policy.yaml")
    ]
    return {each["metadata"]["name"]: each["spec"] for each in documents}


def goes_out(policy, port):
    return any(each["port"] == port for rule in policy.get("egress", ()) for each in rule["ports"])


def comes_in(policy, port):
    return any(each["port"] == port for rule in policy.get("ingress", ()) for each in rule["ports"])


def test_the_network_policies_of_a_cluster_let_every_flow_through(spec):
    for environment in spec.environments.values():
        if environment.platform.kind != "kubernetes":
            continue
        written = policies(environment)
        flows = list(data_flows(environment))
        assert flows
        for flow in flows:
            port = int(flow.protocol.partition(":")[2].partition(",")[0])
            assert goes_out(written[flow.source], port), flow
            assert flow.target not in written or comes_in(written[flow.target], port), flow


def test_every_part_is_in_the_picture_and_every_edge_ends_at_something(spec):
    for environment in spec.environments.values():
        diagram = environment_diagram(environment)
        known = {group.id for group in diagram.groups} | {node.id for node in diagram.nodes}
        assert {end for edge in diagram.edges for end in (edge.source, edge.target)} <= known
        left_out = {"static-files"} if environment.platform.kind == "kubernetes" else set()
        drawn = {node.title for node in diagram.nodes}
        assert {name for name, part in environment.stack.items() if part.kind not in left_out} <= drawn


def test_ids_are_unique_over_groups_and_nodes(spec):
    for diagram in (whole_diagram(spec.project, list(spec.environments.values())),):
        ids = [group.id for group in diagram.groups] + [node.id for node in diagram.nodes]
        assert len(ids) == len(set(ids))


@pytest.fixture(scope="module")
def real():
    return open_spec(SPECS["real"]).environments


def edges(diagram, kind):
    titles = {node.id: node.title for node in diagram.nodes} | {group.id: group.label for group in diagram.groups}
    return {(titles[edge.source], titles[edge.target], edge.label) for edge in diagram.edges if edge.kind is kind}


def test_requests_find_their_way(real):
    assert edges(environment_diagram(real["production"]), EdgeKind.TRAFFIC) == {
        ("People", "nginx", "HTTPS :443"),
        ("Let's Encrypt", "nginx", "HTTP-01 :80"),
        ("nginx", "webapp", "HTTP, Unix socket"),
    }
    assert edges(environment_diagram(real["alpha"]), EdgeKind.TRAFFIC) == {
        ("People", "Traefik", "HTTPS :443"),
        ("Traefik", "webapp", "/ HTTP :8000"),
        ("Traefik", "nginx", "/static/ HTTP :8080"),
        ("Traefik", "flower", "/flower/ HTTP :5555"),
    }


def test_releases_find_their_way(real):
    assert edges(environment_diagram(real["production"]), EdgeKind.DELIVERY) == {
        ("GitHub Actions", "GHCR", "pushes image"),
        ("GitHub Actions", "EC2 t2.micro", "SSH :22"),
        ("GHCR", "EC2 t2.micro", "pulls image"),
    }
    assert edges(environment_diagram(real["alpha"]), EdgeKind.DELIVERY) == {
        ("kkinfra", "GHCR", "pushes image"),
        ("kkambbaki-infra", "Argo CD", "reads manifests"),
        ("Argo CD", "kkambbaki-alpha", "applies"),
        ("GHCR", "Image Updater", "new tags"),
        ("Image Updater", "kkambbaki-infra", "commits tag"),
        ("GHCR", "kkambbaki-alpha", "pulls image"),
    }


def test_only_the_network_that_is_let_in_has_people(real):
    groups = {name: {group.label for group in environment_diagram(each).groups} for name, each in real.items()}
    assert "VPN 10.8.0.0/24" in groups["alpha"]
    assert "Internet" not in groups["alpha"]
    assert "Internet" in groups["production"]
