"""Stacks that lack what most have: nothing waits for, lets in, or leads to a part that is not there.

`nox -s subsets` holds it for every single part, pair and omission, with other projects' tools as judges.
"""

import pytest

import cluster_agreement
import compose_agreement
import quick_yaml
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import resolve_document
from kkinfra.targets.compose.plan.release import make_release
from kkinfra.values.document import parse
from kkinfra.views.diagrams.environment import environment_diagram
from kkinfra.views.diagrams.mermaid import as_mermaid

SPEC = """\
project: shop
image: ghcr.io/example/shop:1.0.0
secrets: {{PASSWORD: {{env: PASSWORD}}}}
stack: {{{parts}}}
environments:
  host:
    domain: shop.example.org
    platform:
      kind: compose
      directory: /srv/shop
      host: {{kind: ec2, region: eu-central-1, instance_type: t3.small}}
    delivery: {{by: ssh, host: shop.example.org}}
  cluster:
    domain: shop.example.org
    platform:
      kind: kubernetes
      version: "1.33"
      nodes:
        control_plane: {{count: 1, cpu: "2", memory: 4GiB}}
        workers: {{count: 2, cpu: "4", memory: 8GiB}}
      ingress: {{kind: traefik}}
      storage: {{server: nas.example.org, path: /export/shop}}
    tls: {{by: traefik}}
    delivery: {{by: apply}}
"""
NGINX = 'nginx: {version: "1.22", memory: 64MB}'
REDIS = 'redis: {version: "7.4", maxmemory: 128MB, memory: 384MB}'
MIGRATION = "migration: {memory: 64MB}"
EARLY = "early: {kind: job, command: [load], memory: 64MB, before: [redis]}"
DATABASE = (
    'postgresql: {version: "15", database: shop, user: shop, password: PASSWORD, on: rds, endpoint: db.example.org,'
    " instance_class: db.t3.small, storage: 20GiB}"
)
STACKS = {
    "nginx alone": [NGINX],
    "redis alone": [REDIS],
    "a database elsewhere, and nothing that runs": [DATABASE],
    "a job before redis, and a migration": [REDIS, MIGRATION, EARLY],
    "static files alone": [NGINX, "static-files: {memory: 64MB}"],
}


def environments(*parts):
    return resolve_document(parse(SPEC.format(parts=", ".join(parts)), "spec.yaml"), "spec.yaml").environments


def documents(environment):
    return {
        each.path: quick_yaml.load(each.content)
        for each in render(environment)
        if each.path.endswith((".yaml", ".yml"))
    }


@pytest.mark.parametrize("parts", STACKS.values(), ids=STACKS)
def test_a_host_needs_nothing_that_is_missing(parts):
    environment = environments(*parts)["host"]
    tree = render(environment)
    files = {each.path: each.content for each in tree}
    manifest = make_release(environment, tree).manifest
    assert compose_agreement.disagreements(quick_yaml.load(files["compose.yaml"]), files, manifest) == []


@pytest.mark.parametrize("parts", STACKS.values(), ids=STACKS)
def test_a_cluster_needs_nothing_that_is_missing(parts):
    assert cluster_agreement.disagreements(documents(environments(*parts)["cluster"])) == []


@pytest.mark.parametrize("parts", STACKS.values(), ids=STACKS)
@pytest.mark.parametrize("name", ["host", "cluster"])
def test_a_picture_leads_to_nothing_that_is_missing(parts, name):
    diagram = environment_diagram(environments(*parts)[name])
    known = {each.id for each in (*diagram.nodes, *diagram.groups)}
    assert all({edge.source, edge.target} <= known for edge in diagram.edges)
    assert as_mermaid(diagram)


def test_redis_without_a_client_lets_nobody_in():
    policy = documents(environments(REDIS)["cluster"])["redis/network-policy.yaml"]
    assert "ingress" not in policy["spec"]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_static_files_alone_are_redirected_to_https_too():
    found = documents(environments(*STACKS["static files alone"])["cluster"])
    (rule,) = found["ingress/ingress-redirect.yaml"]["spec"]["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/"]
