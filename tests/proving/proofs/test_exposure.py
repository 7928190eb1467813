"""Only what should be reachable is: computed from what is rendered, whatever its renderer meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kkinfra.proving.proofs.exposure import ExposureProof, exposure
from kkinfra.proving.proofs.network_policies import Peer, Policies
from kkinfra.proving.proofs.reach import SOURCES
from kkinfra.rendering.artifacts import ArtifactTree
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from proven import RENDERERS, found, line_of
from real_spec import SOURCE, changed

SSH = (
    f"warning exposure/ssh {line_of(SOURCE, 'instance_type: t2.micro')} environments.production.platform.host.ssh_from"
)
PORTS = "ports: [22, 80, 443]"


def rendered(name, text=SOURCE):
    environment = resolve_document(parse(text, "f"), "f").environments[name]
    return environment, render(environment, RENDERERS)


@pytest.fixture(scope="module")
def alpha():
    return rendered("alpha")


@pytest.fixture(scope="module")
def production():
    return rendered("production")


def ways(case):
    return {(row.part, row.listener): row.ways for row in exposure(*case)}


def of(environment, tree):
    return [(each.rule, each.at, each.message) for each in ExposureProof().prove(environment, tree) if each.remedy]


def with_text(case, path, old, new):
    """The same tree with another text in a file."""
    environment, tree = case
    assert tree[path].content.count(old) == 1, path
    changed_one = replace(tree[path], content=tree[path].content.replace(old, new), document=None)
    return environment, ArtifactTree([changed_one if each.path == path else each for each in tree])


def without(case, *paths):
    environment, tree = case
    return environment, ArtifactTree([each for each in tree if each.path not in paths])


def test_the_real_environments_hold_but_for_ssh():
    assert found(SOURCE, "exposure", "alpha") == []
    (line,) = found(SOURCE, "exposure", "production")
    assert line.startswith(f"{SSH}: port 22 is open to 0.0.0.0/0")
    assert found(changed(PORTS, f"{PORTS}, ssh_from: [203.0.113.0/24]"), "exposure") == []


def test_who_reaches_what_on_the_host(production):
    table = ways(production)
    assert table["redis", "127.0.0.1:6379"] == {"loopback": ("TCP",)}
    assert table["flower", "127.0.0.1:5555"] == {"loopback": ("TCP",)}
    assert table["nginx", "127.0.0.1:8181"] == {"loopback": ("TCP",)}
    assert table["nginx", "0.0.0.0:443"]["internet"] == ("port 443",)
    for colour in ("blue", "green"):
        assert table["webapp", f"/run/app/{colour}.sock"]["internet"] == ("nginx :80 /", "nginx :443 /")
    assert table["static-files", "/app/static"]["internet"] == ("nginx :80 /static/", "nginx :443 /static/")
    assert all(set(each) <= set(SOURCES) for each in table.values())


def test_who_reaches_what_in_the_cluster(alpha):
    clients = ("celery-beat", "celery-worker", "flower", "migration", "webapp")
    within = {"loopback": ("within the pod",)}
    assert {part: each for (part, _), each in ways(alpha).items()} == {
        "redis": {**within, "environment": clients},
        "postgresql": {**within, "environment": clients},
        "webapp": {**within, "ingress": ("network policy",), "vpn": ("ingress /",)},
        "flower": {**within, "ingress": ("network policy",), "vpn": ("ingress /flower/",)},
        "nginx": {**within, "ingress": ("network policy",), "vpn": ("ingress /static/",)},
    }


def test_a_port_that_is_opened_for_nobody():
    text = changed(PORTS, "ports: [22, 80, 443, 6379]")
    ssh, unanswered = found(text, "exposure", "production")
    assert ssh.startswith("warning exposure/ssh"), "Redis itself listens on loopback, and is not reached"
    place = f"{line_of(text, '6379]')} environments.production.platform.host.ports[3]"
    assert unanswered.startswith(f"warning exposure/unanswered {place}: 6379 is opened, and nothing listens on it")


def test_a_product_that_is_debugged_in_public():
    text = changed("  LANGUAGE_CODE: ko", "  LANGUAGE_CODE: ko\n  DEBUG: true")
    (line, _ssh) = found(text, "exposure", "production")
    assert line.startswith(f"error exposure/debug {line_of(text, 'DEBUG')} settings.DEBUG: webapp shows settings")
    assert line.endswith("to the internet, by nginx :80 /, nginx :443 /; take DEBUG out")


def test_a_vpn_that_is_everybody():
    text = changed("10.8.0.0/24", "0.0.0.0/0")
    (line,) = found(text, "exposure", "alpha")
    place = line_of(text, "flower:     {expose: true}")
    assert line.startswith(
        f"error exposure/public {place} environments.alpha.stack.flower: flower:5555 is reached from"
    )
    assert "the internet, by ingress /flower/; close that way" in line


def test_a_product_behind_the_vpn_may_be_debugged():
    text = changed("  LANGUAGE_CODE: ko", "  LANGUAGE_CODE: ko\n  DEBUG: true")
    assert found(text, "exposure", "alpha") == []


def test_a_host_behind_the_vpn():
    text = changed("    purpose: production\n", "    purpose: production\n    access: {vpn: [10.9.0.0/24]}\n")
    table = ways(rendered("production", text))
    assert table["webapp", "/run/app/blue.sock"] == {
        "environment": ("the socket's volume",), "vpn": ("nginx :80 /", "nginx :443 /")
    }  # fmt: skip


def test_a_redis_that_binds_every_address(production):
    case = with_text(
        rendered("production", changed(PORTS, "ports: [22, 80, 443, 6379]")),
        "redis/redis.conf",
        "bind 127.0.0.1",
        "bind 0.0.0.0",
    )
    assert ("public", ("stack", "redis", "port"), "0.0.0.0:6379 is reached from the internet, by port 6379") in of(
        *case
    )


def test_a_path_that_leads_to_flower(production):
    proxied = "location /tasks/ {{\n {}proxy_pass http://127.0.0.1:5555;\n }}\n        location ^~ /static/ {{"
    case = with_text(production, "nginx/tls.conf", "location ^~ /static/ {", proxied.format(""))
    told = "127.0.0.1:5555 is reached from the internet, by nginx :443 /tasks/"
    assert ("public", ("stack", "flower", "port"), told) in of(*case)
    allowed = proxied.format("allow 10.8.0.0/24; deny all; ")
    closed = with_text(production, "nginx/tls.conf", "location ^~ /static/ {", allowed)
    assert not any(rule == "public" for rule, _, _ in of(*closed))


def test_an_identity_that_is_public(production):
    case = with_text(
        rendered("production", changed(PORTS, "ports: [22, 80, 443, 8181]")),
        "nginx/tls.conf",
        "listen 127.0.0.1:8181",
        "listen 8181",
    )
    assert ("stack", "nginx", "identity_port") in [at for rule, at, _ in of(*case) if rule == "public"]


def test_pods_that_no_policy_selects(alpha):
    case = without(alpha, "redis/network-policy.yaml", "namespace/network-policy-default-deny.yaml")
    assert of(*case) == [
        ("cluster", ("stack", "redis"), "redis:6379 is reached by any pod of the cluster: no network policy")
    ]


def test_an_ingress_without_its_allow_list(alpha):
    case = with_text(alpha, "ingress/ingress.yaml", "kkambbaki-alpha-access@kubernetescrd,", "")
    assert of(*case) == [
        ("public", ("stack", "flower"), "flower:5555 is reached from the internet, by ingress /flower/")
    ]


@pytest.mark.parametrize("kind", ["NodePort", "LoadBalancer"])
def test_a_service_that_stands_outside(alpha, kind):
    open_to_all = with_text(alpha, "postgresql/service.yaml", "type: ClusterIP", f"type: {kind}")
    assert of(*open_to_all) == [], "the network policy lets nobody in from there"
    case = without(open_to_all, "postgresql/network-policy.yaml", "namespace/network-policy-default-deny.yaml")
    assert (
        "public",
        ("stack", "postgresql"),
        f"postgresql:5432 is reached from the internet, by {kind} postgresql",
    ) in of(*case)


LABELS = {"app": "db"}


@pytest.mark.parametrize(
    ("spec", "peer", "admitted"),
    [
        ({"podSelector": {"matchLabels": {"app": "web"}}}, Peer("x"), True),
        ({"podSelector": {}}, Peer("mine", LABELS), False),
        ({"podSelector": {}, "policyTypes": ["Egress"]}, Peer("x"), True),
        ({"podSelector": {}, "ingress": [{}]}, Peer("x"), True),
        ({"podSelector": {}, "ingress": [{"ports": [{"port": 1}]}]}, Peer("x"), False),
        ({"podSelector": {}, "ingress": [{"ports": [{"port": 5000, "endPort": 6000}]}]}, Peer("x"), True),
        ({"podSelector": {}, "ingress": [{"ports": [{"port": "sql"}]}]}, Peer("x"), True),
        ({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}, Peer("mine"), True),
        ({"podSelector": {}, "ingress": [{"from": [{"podSelector": {}}]}]}, Peer("x"), False),
        ({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]}, Peer("x"), True),
        (
            {
                "podSelector": {},
                "ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]}],
            },
            Peer("x"),
            False,
        ),
        (
            {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["db"]}]}},
            Peer("x"),
            True,
        ),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}}, Peer("x"), False),
        ({"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}}, Peer("x"), True),
        ({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, Peer("x"), False),
    ],
)
def test_what_a_policy_admits(spec, peer, admitted):
    assert Policies("mine", [{"spec": spec}]).admit(peer, LABELS, 5432, "sql") == admitted


def test_addresses_that_a_policy_admits():
    rule = {"from": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    policies = Policies("mine", [{"spec": {"podSelector": {}, "ingress": [rule]}}])
    assert policies.admit_addresses(LABELS, 5432) == ("192.0.2.0/24",)


def test_what_the_template_opens_counts_and_not_what_is_meant(production):
    path = "cloudformation/stack.yaml"
    assert ways(production)["postgresql", "kkambbaki.123456789012.ap-northeast-2.rds.amazonaws.com:5432"] == {
        "environment": ("TCP",)
    }
    case = with_text(production, path, "PubliclyAccessible: false", "PubliclyAccessible: true")
    assert ("public", ("stack", "postgresql", "endpoint")) in [each[:2] for each in of(*case)]
    narrowed = with_text(production, path, "FromPort: 22\n", "FromPort: 2222\n")
    assert ("unanswered", ("platform", "host", "ports")) not in [each[:2] for each in of(*narrowed)]
    assert "ssh" not in [each[0] for each in of(*narrowed)]


def test_without_a_template_the_specification_counts():
    text = changed(',\n             account: "123456789012", zones: [a, c]}', "}")
    (line,) = found(text, "exposure", "production")
    assert line.startswith("warning exposure/ssh")
    assert found(text.replace(PORTS, f"{PORTS}, ssh_from: [203.0.113.0/24]"), "exposure", "production") == []
    assert not rendered("production", text)[1].paths()[0].startswith("cloudformation")


def test_a_container_whose_image_decides_where_it_listens():
    hooks = "  hooks: {kind: container, image: x/y:1, memory: 64MB, port: 9000}\n  nginx:         {version"
    text = changed("  nginx:         {version", hooks).replace(PORTS, "ports: [22, 80, 443, 9000]")
    row = ways(rendered("production", text))["hooks", "0.0.0.0:9000"]
    assert row["internet"] == ("port 9000, where its image listens so",)
