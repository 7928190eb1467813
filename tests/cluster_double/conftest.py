"""A cluster, and somebody who asks it over HTTP."""

from __future__ import annotations

import copy
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from cluster_double import ClusterDouble

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/shop/deployments",
    "StatefulSet": "/apis/apps/v1/namespaces/shop/statefulsets",
    "Job": "/apis/batch/v1/namespaces/shop/jobs",
    "ConfigMap": "/api/v1/namespaces/shop/configmaps",
    "Secret": "/api/v1/namespaces/shop/secrets",
    "Service": "/api/v1/namespaces/shop/services",
    "Pod": "/api/v1/namespaces/shop/pods",
    "Event": "/api/v1/namespaces/shop/events",
    "PersistentVolumeClaim": "/api/v1/namespaces/shop/persistentvolumeclaims",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "Namespace": "/api/v1/namespaces",
    "Lease": "/apis/coordination.k8s.io/v1/namespaces/shop/leases",
    "Middleware": "/apis/traefik.io/v1alpha1/namespaces/shop/middlewares",
}


@dataclass(frozen=True)
class Answer:
    code: int
    body: Any
    headers: dict[str, str]


@dataclass
class Client:
    """Asks, and returns what is answered; `who` is the token."""

    cluster: ClusterDouble
    who: str = "admin"

    def ask(self, method: str, path: str, body: Any = None, form: str = "application/json", **query: str) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(self.cluster.url).netloc, timeout=60)
        headers = {"Authorization": f"Bearer {self.who}", "Content-Type": form, "User-Agent": "tests/1"}
        data = None if body is None else json.dumps(body)
        connection.request(method, f"{path}?{urlencode(query)}", data, headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        is_json = response.headers.get_content_type() == "application/json"
        return Answer(response.status, json.loads(text) if is_json else text, dict(response.headers))

    def get(self, kind: str, name: str = "", **query: str) -> Answer:
        return self.ask("GET", at(kind, name), **query)

    def create(self, obj: dict[str, Any], **query: str) -> Answer:
        return self.ask("POST", PATHS[obj["kind"]], obj, **query)

    def apply(self, obj: dict[str, Any], manager: str = "kkinfra", **query: str) -> Answer:
        query = {"fieldManager": manager, "fieldValidation": "Strict", **query}
        return self.ask("PATCH", at(obj["kind"], obj["metadata"]["name"]), obj, APPLY, **query)

    def edit(self, kind: str, name: str, patch: dict[str, Any], **query: str) -> Answer:
        return self.ask("PATCH", at(kind, name), patch, MERGE, **{"fieldManager": "kubectl-edit", **query})

    def replace(self, obj: dict[str, Any], **query: str) -> Answer:
        return self.ask("PUT", at(obj["kind"], obj["metadata"]["name"]), obj, **query)

    def delete(self, kind: str, name: str, options: dict[str, Any] | None = None) -> Answer:
        return self.ask("DELETE", at(kind, name), options)


def at(kind: str, name: str = "") -> str:
    return f"{PATHS[kind]}/{name}".rstrip("/")


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "webapp", "namespace": "shop", "labels": {"app": "webapp"}},
    "spec": {
        "replicas": 2,
        "selector": {"matchLabels": {"app": "webapp"}},
        "template": {
            "metadata": {"labels": {"app": "webapp"}},
            "spec": {
                "containers": [
                    {
                        "name": "webapp",
                        "image": "shop:1",
                        "args": ["serve", "--fast"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "ports": [{"containerPort": 8000, "name": "http"}],
                        "resources": {"limits": {"memory": "256M"}},
                    }
                ]
            },
        },
    },
}


@pytest.fixture
def cluster():
    """A cluster that nothing happens in by itself, with the namespace `shop`."""
    with ClusterDouble() as double:
        double.controllers.paused = True
        double.objects.create(NAMESPACE)
        yield double
        assert not double.failures


@pytest.fixture
def running(cluster):
    """The same cluster, with controllers that run."""
    cluster.controllers.paused = False
    return cluster


@pytest.fixture
def client(cluster):
    return Client(cluster)


@pytest.fixture
def deployment():
    return copy.deepcopy(DEPLOYMENT)


@pytest.fixture
def container(deployment):
    return deployment["spec"]["template"]["spec"]["containers"][0]


@pytest.fixture
def config_map():
    metadata = {"name": "settings", "namespace": "shop"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"A": "1", "B": "2"}}
