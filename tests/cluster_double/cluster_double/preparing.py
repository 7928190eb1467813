"""What the server does to an object before it keeps it: what it fills in, what it carries over, what it counts.

The rules are those of `PrepareForCreate` and `PrepareForUpdate` of kubernetes/pkg/registry.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster_double.decoding import encoded_secret, kept
from cluster_double.defaults import fill
from cluster_double.ownership import now
from cluster_double.schema import Node, type_of
from cluster_double.statuses import forbidden
from cluster_double.store import clone

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON, Resource

_JOB_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid", "batch.kubernetes.io/job-name", "job-name")
_PROTECTED = {
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection", "PersistentVolume": "kubernetes.io/pv-protection"
}  # fmt: skip
_STRUCTS: dict[str, JSON] = {
    "Deployment": {"spec": {"strategy": {}, "template": {"metadata": {"creationTimestamp": None}, "spec": {}}}},
    "StatefulSet": {"spec": {"updateStrategy": {}, "template": {"metadata": {"creationTimestamp": None}, "spec": {}}}},
    "ReplicaSet": {"spec": {"template": {"metadata": {"creationTimestamp": None}, "spec": {}}}},
    "DaemonSet": {"spec": {"updateStrategy": {}, "template": {"metadata": {"creationTimestamp": None}, "spec": {}}}},
    "Job": {"spec": {"template": {"metadata": {"creationTimestamp": None}, "spec": {}}}},
    "Service": {"spec": {}, "status": {"loadBalancer": {}}},
    "Ingress": {"spec": {}, "status": {"loadBalancer": {}}},
    "PersistentVolumeClaim": {"spec": {"resources": {}}},
}


def node_of(resource: Resource) -> Node:
    return type_of(resource.group, resource.version, resource.kind)


def decoded_body(resource: Resource, obj: JSON) -> JSON:
    """The object in the form that is kept, with defaults."""
    obj = {"apiVersion": resource.group_version, "kind": resource.kind, **clone(obj)}
    obj.setdefault("metadata", {})
    if resource.custom:
        return kept(node_of(resource), obj)
    obj = encoded_secret(obj) if resource.kind == "Secret" else obj
    return fill(kept(node_of(resource), obj))


def empty(resource: Resource) -> JSON:
    """An object that nothing is set in, as Go has it: structs are there."""
    obj: JSON = {"apiVersion": resource.group_version, "kind": resource.kind, "metadata": {}}
    if resource.custom:
        return obj
    properties = node_of(resource).raw.get("properties", {})
    obj |= {key: {} for key in ("spec", "status") if key in properties}
    return obj | clone(_STRUCTS.get(resource.kind, {}))


@dataclass(slots=True)
class Addresses:
    """The addresses that services are given."""

    given: int = 10

    def allocate(self, obj: JSON) -> None:
        spec = obj["spec"]
        if spec["type"] == "ExternalName":
            return
        if not spec.get("clusterIP"):
            self.given += 1
            spec["clusterIP"] = f"10.96.{self.given // 250}.{self.given % 250 + 1}"
        spec["clusterIPs"] = [spec["clusterIP"]]
        for port in spec.get("ports") or []:
            if spec["type"] != "ClusterIP" and not port.get("nodePort"):
                self.given += 1
                port["nodePort"] = 30_000 + self.given


def for_creation(resource: Resource, obj: JSON, addresses: Addresses) -> None:
    """Fill in what only the server knows: uid, time, generation, a Job's selector, a Service's address."""
    metadata = obj["metadata"]
    metadata |= {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
    for key in ("resourceVersion", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"):
        metadata.pop(key, None)
    if resource.generation:
        metadata["generation"] = 1
    if resource.status:
        obj.pop("status", None)
    if not resource.custom:
        fill(obj)
    if resource.kind == "Service":
        addresses.allocate(obj)
    if resource.kind in _PROTECTED:
        metadata["finalizers"] = list(dict.fromkeys([*metadata.get("finalizers", []), _PROTECTED[resource.kind]]))
    if resource.kind in _BY_KIND:
        _BY_KIND[resource.kind](obj)


def _select_job(obj: JSON) -> None:
    metadata, spec = obj["metadata"], obj["spec"]
    if spec.get("manualSelector"):
        return
    values = (metadata["uid"], metadata["uid"], metadata["name"], metadata["name"])
    labels = spec["template"].setdefault("metadata", {}).setdefault("labels", {})
    labels |= dict(zip(_JOB_LABELS, values, strict=True))
    if not metadata.get("labels"):
        metadata["labels"] = dict(labels)
    spec["selector"] = {"matchLabels": {_JOB_LABELS[0]: metadata["uid"]}}


def _account(obj: JSON) -> None:
    spec = obj["spec"]
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])


def _date_volume(obj: JSON) -> None:
    obj["status"]["lastPhaseTransitionTime"] = obj["metadata"]["creationTimestamp"]


def _count_templates(obj: JSON) -> None:
    obj["metadata"].setdefault("annotations", {})["deprecated.daemonset.template.generation"] = "1"


def _hold_namespace(obj: JSON) -> None:
    obj["spec"]["finalizers"] = ["kubernetes"]


_BY_KIND: dict[str, Callable[[JSON], None]] = {
    "DaemonSet": _count_templates, "Job": _select_job, "Namespace": _hold_namespace, "PersistentVolume": _date_volume,
    "Pod": _account,
}  # fmt: skip

_KEPT = ("uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink")


def for_update(resource: Resource, obj: JSON, old: JSON, subresource: str) -> JSON:
    """The object that an update may make of the old one: each endpoint changes only its own part."""
    new = clone(obj)
    for key in _KEPT:
        new["metadata"].pop(key, None)
        if key in old["metadata"]:
            new["metadata"][key] = old["metadata"][key]
    new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]
    if subresource == "status":
        new = _only_status(resource, new, old)
    elif resource.status:
        _carry(new, old, "status")
    if resource.kind == "Namespace" and subresource != "finalize":
        _carry(new, old, "spec")
    if resource.kind == "Service" and not subresource:
        _carry_addresses(new["spec"], old["spec"])
    if resource.generation and not subresource and _counts(resource, new) != _counts(resource, old):
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
    return new


def _carry(new: JSON, old: JSON, key: str) -> None:
    new.pop(key, None)
    if key in old:
        new[key] = clone(old[key])


def _only_status(resource: Resource, new: JSON, old: JSON) -> JSON:
    result = clone(old)
    _carry(result, new, "status")
    if not resource.custom and resource.kind != "Namespace":
        _carry(result["metadata"], new["metadata"], "annotations")
    if resource.kind in ("Pod", "Service"):
        _carry(result["metadata"], new["metadata"], "labels")
    _carry(result["metadata"], new["metadata"], "managedFields")
    return result


def _carry_addresses(spec: JSON, old: JSON) -> None:
    if spec.get("type") != "ExternalName" and old.get("type") != "ExternalName":
        for key in ("clusterIP", "clusterIPs"):
            if not spec.get(key) and old.get(key):
                spec[key] = old[key]
    if spec.get("type") != "ClusterIP":
        ports = {(port["port"], port["protocol"]): port.get("nodePort") for port in old.get("ports") or []}
        for port in spec.get("ports") or []:
            given = ports.get((port["port"], port["protocol"]))
            if given and not port.get("nodePort"):
                port["nodePort"] = given


def _counts(resource: Resource, obj: JSON) -> Any:
    """What the generation counts the changes of."""
    if resource.custom:
        left_out = {"metadata", "apiVersion", "kind"} | ({"status"} if resource.status else set())
        return {key: value for key, value in obj.items() if key not in left_out}
    if resource.kind == "Deployment":
        return obj.get("spec"), obj["metadata"].get("annotations") or {}
    return obj.get("spec")


def refuse_ending(resource: Resource, name: str, namespace: JSON) -> None:
    """Nothing new is created in a namespace that is on its way out."""
    if namespace["metadata"].get("deletionTimestamp"):
        ending = namespace["metadata"]["name"]
        cause = {"reason": "NamespaceTerminating", "field": "metadata.namespace"}
        cause |= {"message": f"namespace {ending} is being terminated"}
        why = f"unable to create new content in namespace {ending} because it is being terminated"
        raise forbidden(resource, name, why, causes=[cause])
