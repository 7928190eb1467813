"""Authorization: https://kubernetes.io/docs/reference/access-authn-authz/rbac/."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from cluster_double import Rule

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


@pytest.fixture
def deployer(cluster, client):
    """Somebody who may read and change Deployments in `shop`, but not make new ones."""
    rule = Rule(("get", "list", "patch"), ("deployments",), ("apps",), namespace="shop")
    cluster.users.add("deployer-token", "deployer", rule)
    client.who = "deployer-token"
    return client


def test_a_request_without_the_right_is_forbidden(deployer, config_map):
    answer = deployer.apply(config_map)
    assert answer.code == 403
    assert answer.body["message"] == (
        'configmaps "settings" is forbidden: User "deployer" cannot patch resource "configmaps" in API group "" '
        'in the namespace "shop"'
    )
    assert answer.body["details"] == {"name": "settings", "kind": "configmaps"}


def test_an_apply_that_would_create_needs_that_right_too(deployer, deployment):
    answer = deployer.apply(deployment)
    assert answer.body["message"] == (
        'deployments.apps "webapp" is forbidden: User "deployer" cannot create resource "deployments" '
        'in API group "apps" in the namespace "shop"'
    )
    assert deployer.get("Deployment", "webapp").code == 404


def test_what_is_cluster_wide_is_told_so(deployer):
    answer = deployer.ask("GET", "/api/v1/persistentvolumes")
    assert answer.body["message"] == (
        'persistentvolumes is forbidden: User "deployer" cannot list resource "persistentvolumes" in API group "" '
        "at the cluster scope"
    )


def test_logs_are_a_right_of_their_own(cluster, client):
    cluster.users.add("t", "reader", Rule(("get",), ("pods",)))
    client.who = "t"
    answer = client.ask("GET", "/api/v1/namespaces/shop/pods/x/log")
    assert 'cannot get resource "pods/log" in API group ""' in answer.body["message"]


def test_a_review_says_what_one_may(deployer):
    attributes = {"verb": "patch", "group": "apps", "resource": "deployments", "namespace": "shop"}
    body = {"kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}}
    answer = deployer.ask("POST", REVIEWS, body)
    assert answer.code == 201
    assert answer.body["status"]["allowed"] is True
    attributes["namespace"] = "other"
    assert deployer.ask("POST", REVIEWS, body).body["status"] == {"allowed": False}


def test_a_token_that_nobody_has_is_unauthorized(client):
    client.who = "stale"
    answer = client.get("ConfigMap")
    assert (answer.code, answer.body["reason"], answer.body["message"]) == (401, "Unauthorized", "Unauthorized")


def test_without_a_token_one_is_anonymous(cluster):
    connection = http.client.HTTPConnection(urlsplit(cluster.url).netloc, timeout=60)
    connection.request("GET", "/api/v1/namespaces")
    response = connection.getresponse()
    assert response.status == 403
    assert b'User \\"system:anonymous\\" cannot list resource \\"namespaces\\"' in response.read()
    connection.close()
