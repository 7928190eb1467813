"""A whole environment, rendered from the real specification and applied with the real Python client."""

from __future__ import annotations

import json

import kubernetes
import pytest
from kubernetes.client import ApiClient

import quick_yaml
from checkout import SPEC_FILE
from cluster_double import ClusterDouble
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra_kubernetes import KubernetesRenderer

SPEC = SPEC_FILE
SECRETS = ("DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH", "POSTGRES_PASSWORD")
NAMESPACE = "kkambbaki-alpha"


@pytest.fixture(scope="module")
def manifests():
    """Every object of the environment, in the order of kustomization.yaml."""
    tree = render(open_spec(SPEC).environments["alpha"], {"kubernetes": KubernetesRenderer()})
    root = min((artifact.path for artifact in tree if artifact.path.endswith("kustomization.yaml")), key=len)
    order = quick_yaml.load(tree[root].content)["resources"]
    folder = root.removesuffix("kustomization.yaml")
    return [obj for path in order for obj in quick_yaml.load_all(tree[folder + path].content)]


class RealClient:
    """The Python client, as `load_kube_config` sets it up."""

    def __init__(self, cluster, path):
        kubernetes.config.load_kube_config(str(cluster.kubeconfig(path)))
        self._api = ApiClient()
        self._cluster = cluster

    def apply(self, obj):
        resource = self._cluster.registry.of_kind(obj["kind"])
        root = f"/apis/{resource.group_version}" if resource.group else "/api/v1"
        within = f"/namespaces/{obj['metadata']['namespace']}" if resource.namespaced else ""
        query = [("fieldManager", "kkinfra"), ("fieldValidation", "Strict")]
        request = self._api.param_serialize(
            "PATCH",
            f"{root}{within}/{resource.plural}/{obj['metadata']['name']}",
            query_params=query,
            header_params={"Content-Type": "application/apply-patch+yaml"},
            body=obj,
            auth_settings=["BearerToken"],
        )
        response = self._api.call_api(*request)
        response.read()
        return response.status, json.loads(response.data)


@pytest.fixture
def real(tmp_path):
    with ClusterDouble() as cluster:
        yield cluster, RealClient(cluster, tmp_path / "config")
        assert not cluster.failures


def is_up(cluster):
    objects = cluster.objects
    deployments = objects.all("Deployment", NAMESPACE)
    (job,) = objects.all("Job", NAMESPACE)
    ready = [obj["status"].get("readyReplicas") == obj["spec"]["replicas"] for obj in deployments]
    ready += [obj["status"].get("readyReplicas") == 1 for obj in objects.all("StatefulSet", NAMESPACE)]
    ready += [obj["status"]["phase"] == "Bound" for obj in objects.all("PersistentVolumeClaim", NAMESPACE)]
    return all(ready) and any(each["type"] == "Complete" for each in job["status"].get("conditions", []))


def is_settled(cluster):
    return all(
        condition["reason"] == "NewReplicaSetAvailable"
        for obj in cluster.objects.all("Deployment", NAMESPACE)
        for condition in obj["status"]["conditions"]
        if condition["type"] == "Progressing"
    )


def test_everything_is_created_comes_up_and_does_not_change_when_it_is_applied_again(real, manifests):
    cluster, client = real
    answers = [client.apply(obj) for obj in manifests]
    assert {code for code, _ in answers} == {201}
    data = {"stringData": dict.fromkeys(SECRETS, "x")}
    cluster.objects.patch("Secret", "kkambbaki", NAMESPACE, data, manager="secrets")
    cluster.until(lambda: is_up(cluster) and is_settled(cluster), 30)
    cluster.controllers.stop()
    version = cluster.registry.store.version
    answers = [client.apply(obj) for obj in manifests]
    assert {code for code, _ in answers} == {200}
    assert cluster.registry.store.version == version


def test_what_is_set_is_what_is_kept(real, manifests):
    """No default, conversion or canonical form of the server changes what is rendered."""
    cluster, client = real
    cluster.controllers.paused = True
    differing = [path for obj in manifests for path in differences(obj, client.apply(obj)[1], obj["kind"])]
    assert differing == []


def differences(wanted, found, path):
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [each for key in wanted for each in differences(wanted[key], found.get(key), f"{path}.{key}")]
    if isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        pairs = enumerate(zip(wanted, found, strict=True))
        return [each for at, pair in pairs for each in differences(*pair, f"{path}[{at}]")]
    return [] if wanted == found else [path]
