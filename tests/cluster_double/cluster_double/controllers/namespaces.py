"""The controllers of namespaces: what each has from the start, and how one ends; and what quotas say.

https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import is_leaving

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON


def reconcile(world: World) -> None:
    world.each("Namespace", _keep)
    world.each("ResourceQuota", _count)


def _keep(world: World, namespace: JSON) -> None:
    if is_leaving(namespace):
        _end(world, namespace)
    else:
        _furnish(world, namespace["metadata"]["name"])


def _count(world: World, quota: JSON) -> None:
    hard = quota["spec"].get("hard") or {}
    if quota["status"].get("hard", {}) != hard:
        world.set_status(quota, {"hard": hard, "used": dict.fromkeys(hard, "0")})


def _furnish(world: World, name: str) -> None:
    if world.find("ServiceAccount", name, "default") is None:
        account = {"name": "default", "namespace": name}
        world.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    if world.find("ConfigMap", name, "kube-root-ca.crt") is None:
        note = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints"
        metadata: JSON = {"name": "kube-root-ca.crt", "namespace": name}
        metadata |= {"annotations": {"kubernetes.io/description": note}}
        data = {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"}
        world.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def _end(world: World, namespace: JSON) -> None:
    """Everything in it goes first."""
    name, left = namespace["metadata"]["name"], False
    for resource in list(world.registry.resources.values()):
        if not resource.namespaced:
            continue
        for obj in world.registry.store.all(resource, name):
            left = True
            if not is_leaving(obj):
                world.delete(obj, now=True)
    if not left and namespace["spec"].get("finalizers"):
        namespace["spec"]["finalizers"] = []
        world.update(namespace, subresource="finalize")
