"""No two processes of a host want the same port or socket, now or while a release is switched to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kkinfra.proving.proofs.listeners import Listener
from kkinfra.proving.proofs.nginx_text import read
from kkinfra.proving.proofs.ports import PortsProof
from kkinfra.rendering.artifacts import ArtifactTree
from kkinfra.rendering.pipeline import render
from kkinfra.spec.loading import resolve_document
from kkinfra.values.document import parse
from proven import RENDERERS, figures, found, line_of, proven
from real_spec import SOURCE, changed

FLOWER = "{app: config, memory: 128MB, path"


def flower(port):
    return changed(FLOWER, f"{{app: config, port: {port}, memory: 128MB, path")


@pytest.mark.parametrize("text", [SOURCE, flower(6380)])
def test_it_holds(text):
    assert found(text, "ports") == []


NGINX = "max_body: 10MB"


@pytest.mark.parametrize(
    ("text", "at", "field", "problem"),
    [
        (flower(6379), "port: 6379", "stack.flower.port", "127.0.0.1:6379 is taken by stack.redis.port"),
        (flower(22), "port: 22", "stack.flower.port", "127.0.0.1:22 is taken by delivery.port, 0.0.0.0:22"),
        (changed(NGINX, f"{NGINX}, identity_port: 80"), "identity_port: 80", "stack.nginx.identity_port", "127"),
        (changed("user: deploy,", "user: deploy, port: 443,"), "port: 443", "environments.production.delivery.port",
         "0.0.0.0:443 is taken by stack.nginx.https_port"),
    ],
)  # fmt: skip
def test_a_port_that_is_taken(text, at, field, problem):
    lines = [line for line in found(text, "ports", "production") if "ports/taken" in line]
    assert lines
    assert all(line.startswith(f"error ports/taken {line_of(text, at)} {field}: {problem}") for line in lines)
    assert all(line.endswith("on the same host; choose another port") for line in lines)


def test_a_webapp_has_a_port_in_a_cluster_alone():
    assert found(flower(8000), "ports") == []


def test_a_port_for_root():
    text = flower(900)
    (line,) = found(text, "ports", "production")
    assert line.startswith(f"error ports/privileged {line_of(text, 'port: 900')} stack.flower.port: 900 is for root")
    assert line.endswith("and flower runs as 10001:10001; choose 1024 or more")


def test_a_port_of_outgoing_connections():
    text = flower(40000)
    (line,) = found(text, "ports", "production")
    assert line.startswith(f"warning ports/outgoing {line_of(text, 'port: 40000')} stack.flower.port: 40000 may be")


def test_every_listener_is_told():
    results = proven(SOURCE, "production")
    (told,) = [each for each in results if each.rule == "ports/listeners"]
    assert sorted((figure.label, figure.amount) for figure in told.figures) == [
        ("flower", "127.0.0.1:5555"), ("nginx", "0.0.0.0:443"), ("nginx", "0.0.0.0:80"), ("nginx", "127.0.0.1:8181"),
        ("redis", "127.0.0.1:6379"), ("sshd", "0.0.0.0:22"), ("webapp-blue", "/run/app/blue.sock"),
        ("webapp-green", "/run/app/green.sock"),
    ]  # fmt: skip
    assert figures(proven(SOURCE, "alpha"), "ports/listeners")["webapp"] == "8000"


def test_colours_that_share_a_socket():
    environment = resolve_document(parse(SOURCE, "f"), "f").environments["production"]
    shared = [
        replace(each, content=each.content.replace("green.sock", "blue.sock"), document=None)
        for each in render(environment, RENDERERS)
    ]
    (finding,) = [each for each in PortsProof().prove(environment, ArtifactTree(shared)) if each.severity == "error"]
    assert (finding.rule, [row.label for row in finding.rows]) == ("taken", ["webapp-blue", "webapp-green"])


def test_pods_that_share_a_port_of_the_node():
    environment = resolve_document(parse(SOURCE, "f"), "f").environments["alpha"]
    tree = render(environment, RENDERERS)
    hosted = [
        replace(
            each,
            content=each.content.replace("containerPort: ", "hostPort: 9000\n          containerPort: "),
            document=None,
        )
        for each in tree
    ]
    changed_tree = ArtifactTree([replace(each, content=each.content.replace("8080", "8000")) for each in hosted])
    rules = {(each.rule, each.at) for each in PortsProof().prove(environment, changed_tree) if each.severity == "error"}
    assert rules == {("taken", ("stack", "nginx")), ("taken", ("stack", "webapp"))}


@pytest.mark.parametrize("text", ["http {", "listen 80", "} http {}"])
def test_a_text_that_is_no_configuration(text):
    with pytest.raises((ValueError, IndexError)):
        read(text)


def test_quotes_comments_and_semicolons():
    (server,) = read('# a; {\nserver { return 200 "a; {\\"}"; set $x \'b\'; }').block
    assert [(each.name, each.arguments) for each in server.block] == [
        ("return", ("200", 'a; {"}')),
        ("set", ("$x", "b")),
    ]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("127.0.0.1", "127.0.0.1", True), ("127.0.0.1", "127.0.0.2", False), ("0.0.0.0", "127.0.0.1", True),  # noqa: S104 - only compared
        ("*", "::1", True), ("[::]", "127.0.0.1", True), ("::1", "127.0.0.1", False),
    ],
)  # fmt: skip
def test_addresses_that_overlap(one, other, clash):
    first, second = (Listener("part", address, address, 80, ("stack", "part")) for address in (one, other))
    assert first.overlaps(second) == second.overlaps(first) == clash
    assert not first.overlaps(replace(second, port=81))


@pytest.mark.parametrize(
    ("address", "alone"), [("127.0.0.1", True), ("[::1]", True), ("::1", True), ("*", False), ("10.0.0.1", False)]
)
def test_loopback(address, alone):
    assert Listener("part", "part", address, 80, ("stack", "part")).is_loopback == alone
