"""The scale of a workload, which is a resource of its own.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v1/
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cluster_double.patches import MERGE_PATCH

if TYPE_CHECKING:
    from cluster_double.kinds import JSON
    from cluster_double.registry import Registry, Target, Write

_METADATA = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale_of(obj: JSON) -> JSON:
    labels = obj["spec"]["selector"].get("matchLabels") or {}
    selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
    metadata = {key: obj["metadata"][key] for key in _METADATA}
    status = {"replicas": obj.get("status", {}).get("replicas", 0), "selector": selector}
    head: JSON = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata}
    replicas = obj["spec"]["replicas"]
    return head | {"spec": {"replicas": replicas} if replicas else {}, "status": status}


def scaled(registry: Registry, target: Target, body: Any, write: Write) -> JSON:
    """A PUT or PATCH of the scale; owned as `subresource: scale`."""
    replicas = body.get("spec", {}).get("replicas", registry.get(target)["spec"]["replicas"])
    patch: JSON = {"spec": {"replicas": replicas}}
    version = body.get("metadata", {}).get("resourceVersion")
    if version:
        patch["metadata"] = {"resourceVersion": version}
    return scale_of(registry.patch(target, patch, MERGE_PATCH, replace(write, subresource="scale")))
