"""Reading: https://kubernetes.io/docs/reference/using-api/api-concepts/."""

from __future__ import annotations

import copy

import pytest


@pytest.fixture
def three(client, config_map):
    for at in range(3):
        obj = copy.deepcopy(config_map)
        obj["metadata"] |= {"name": f"c{at}", "labels": {"at": str(at), "tier": "web" if at else "db"}}
        client.create(obj)
    return client


def names(answer):
    return [obj["metadata"]["name"] for obj in answer.body["items"]]


def test_items_of_a_list_name_neither_kind_nor_version(three):
    answer = three.get("ConfigMap")
    assert answer.body["kind"] == "ConfigMapList"
    assert answer.body["apiVersion"] == "v1"
    assert names(answer) == ["c0", "c1", "c2"]
    assert not {"kind", "apiVersion"} & answer.body["items"][0].keys()


def test_items_of_a_list_of_custom_resources_name_both(client):
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    assert "middlewares.traefik.io" in names(client.ask("GET", path))
    middleware = {"apiVersion": "traefik.io/v1alpha1", "kind": "Middleware", "metadata": {"name": "a"}, "spec": {}}
    client.create(middleware)
    assert client.get("Middleware").body["items"][0]["kind"] == "Middleware"


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("at=1", ["c1"]),
        ("at==1,tier=web", ["c1"]),
        ("at!=1", ["c0", "c2"]),
        ("at in (0, 2)", ["c0", "c2"]),
        ("at notin (0,2),tier", ["c1"]),
        ("!tier", []),
    ],
)
def test_a_label_selector_selects(three, selector, found):
    assert names(three.get("ConfigMap", labelSelector=selector)) == found


def test_a_field_selector_selects_by_name(three):
    assert names(three.get("ConfigMap", fieldSelector="metadata.name=c2")) == ["c2"]


def test_a_long_list_comes_in_chunks(three):
    first = three.get("ConfigMap", limit="2")
    assert names(first) == ["c0", "c1"]
    assert first.body["metadata"]["remainingItemCount"] == 1
    rest = three.get("ConfigMap", limit="2", **{"continue": first.body["metadata"]["continue"]})
    assert names(rest) == ["c2"]
    assert "continue" not in rest.body["metadata"]


def test_what_is_not_there_is_told_with_its_name(client):
    answer = client.get("Deployment", "webapp")
    assert answer.code == 404
    assert answer.body["message"] == 'deployments.apps "webapp" not found'
    assert answer.body["details"] == {"name": "webapp", "group": "apps", "kind": "deployments"}
    assert answer.body["reason"] == "NotFound"


def test_a_resource_that_is_not_installed_is_a_page_that_is_not_found(client):
    answer = client.ask("GET", "/apis/example.org/v1/namespaces/shop/things")
    assert (answer.code, answer.body) == (404, "404 page not found\n")


def test_discovery_names_resources_with_their_verbs(client):
    assert client.ask("GET", "/version").body["minor"] == "33"
    groups = [group["name"] for group in client.ask("GET", "/apis").body["groups"]]
    assert {"apps", "batch", "coordination.k8s.io", "traefik.io"} <= set(groups)
    resources = {each["name"]: each for each in client.ask("GET", "/apis/apps/v1").body["resources"]}
    assert resources["deployments"]["kind"] == "Deployment"
    assert "patch" in resources["deployments"]["verbs"]
    assert resources["deployments/scale"]["kind"] == "Scale"
    assert client.ask("GET", "/apis/absent.example.org/v1").code == 404


def test_secrets_show_data_and_never_plain_text(client):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"A": "plain"}}
    obj = client.create(secret).body
    assert obj["data"] == {"A": "cGxhaW4="}
    assert "stringData" not in obj
    assert obj["type"] == "Opaque"
