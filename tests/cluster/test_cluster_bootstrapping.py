"""What an environment needs of its cluster: told, with a way to get it, and nothing is changed."""

from __future__ import annotations

import socket

import pytest

from cluster_double import Rule
from kkinfra.cli import main


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """Names have an address without anybody being asked."""
    known, real = {"shop.example.org": "203.0.113.10"}, socket.getaddrinfo

    def look_up(name, *arguments, **more):
        if name == "127.0.0.1":
            return real(name, *arguments, **more)
        if name not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return [(2, 1, 6, "", (known[name], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


def missing(done):
    return [line.strip() for line in done.out.splitlines() if line.startswith("  missing")]


def test_where_all_is_there_it_says_so(deployed):
    done = deployed.run("bootstrap")
    assert (done.code, missing(done)) == (0, []), done.out
    for line in (
        "there version 1.33: 1.33",
        "there Middleware of traefik.io/v1alpha1: there",
        "there right to deployments.apps: create, delete, get, list, patch",
        "there right to secrets: create, get, patch",
        "there address of shop.example.org: 203.0.113.10",
    ):
        assert f"  {line}" in done.out.splitlines()


def test_it_changes_nothing(deployed):
    before = len(deployed.double.requests)
    deployed.run("bootstrap")
    asked = {(each.method, each.path.rpartition("/")[2]) for each in deployed.double.requests[before:]}
    assert {method for method, _ in asked} == {"GET", "POST"}
    assert {name for method, name in asked if method == "POST"} == {"selfsubjectaccessreviews"}


def test_secrets_that_are_not_there_are_named(user):
    done = user.run("bootstrap")
    assert done.code == 1
    assert missing(done) == [
        "missing secret/shop: not there; put DJANGO_SECRET_KEY, POSTGRES_PASSWORD there: `kkinfra secrets push test`",
        "missing secret/registry: not there; put .dockerconfigjson there: `kkinfra secrets push test`",
    ]


def test_a_right_that_is_missing_is_named_by_verb_and_resource(deployed):
    deployed.double.users.add("reader", "reader", Rule(("get", "list"), ("*",), ("*",)))
    done = deployed.run("bootstrap", KUBECONFIG=str(deployed.double.kubeconfig(deployed.home / "reader", "reader")))
    assert done.code == 1
    assert (
        "missing right to deployments.apps: missing; let this user create, delete, patch deployments.apps in shop-test"
        in missing(done)
    )


def test_a_namespace_that_is_not_there_has_to_be_created(owner):
    owner.double.users.add("deployer", "deployer", Rule(("get", "list", "patch"), ("*",), ("*",)))
    done = owner.run("bootstrap", KUBECONFIG=str(owner.double.kubeconfig(owner.home / "deployer", "deployer")))
    assert "missing right to namespaces: missing; let this user create namespaces in shop-test" in missing(done)


def test_a_name_without_an_address_is_told(deployed, addresses):
    addresses.clear()
    done = deployed.run("bootstrap", "-o", "json")
    assert done.code == 1
    (address,) = [each for each in done.json()["needs"] if each["problem"]]
    assert address["name"] == "address of shop.example.org"
    assert address["problem"] == "write a DNS record that leads to the ingress controller"


def test_another_version_is_told(deployed):
    file = deployed.home / "environments.yaml"
    file.write_text(file.read_text().replace('version: "1.33"', 'version: "1.34"'))
    assert 'missing version 1.34: 1.33; upgrade the cluster, or write platform.version: "1.33"' in missing(
        deployed.run("bootstrap")
    )


def test_what_has_to_be_seen_to_on_the_nodes_is_told(with_database):
    done = with_database.run("bootstrap")
    assert "  see to it: persistentvolume/shop-test-postgresql: nas.example.org:/export/shop/" in done.out


def test_a_host_is_none(capsys):
    assert main(["bootstrap", "production"]) == 1
    assert "this verb is for what is delivered by apply, gitops" in capsys.readouterr().err
