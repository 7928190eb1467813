"""What the server refuses an object for: names, what is missing, and what may not change.

https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and pkg/apis/*/validation of kubernetes.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from cluster_double.quantity import amount
from cluster_double.selectors import selects
from cluster_double.statuses import Cause, forbidden_value, invalid_value, required_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cluster_double.kinds import JSON, Resource
    from cluster_double.schema import Node

_LABEL, _LABEL_1035 = "[a-z0-9]([-a-z0-9]*[a-z0-9])?", "[a-z]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_WHY = {
    _LABEL: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and "
    "end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{}')",
    _LABEL_1035: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
    "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    "'{}')",
    _SUBDOMAIN: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and "
    "must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{}')",
}
_FORMS = {"Namespace": (_LABEL, 63), "Service": (_LABEL_1035, 63), "StatefulSet": (_LABEL, 63)}
_ANY_NAME = frozenset({"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"})
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_VALUE_WHY = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_STATEFUL_MAY_CHANGE = (
    "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
)  # fmt: skip
_STATEFUL_WHY = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
_CLAIM_WHY = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n"
)
_IMMUTABLE = "field is immutable"
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_CONFIG_KEY_WHY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  "
    "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)


def _deployment(obj: JSON) -> Iterator[Cause]:
    strategy = obj["spec"]["strategy"]
    if strategy["type"] == "Recreate" and strategy.get("rollingUpdate") is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield forbidden_value("spec.strategy.rollingUpdate", why)


def _job(obj: JSON) -> Iterator[Cause]:
    if obj["spec"]["template"]["spec"].get("restartPolicy") not in ("OnFailure", "Never"):
        yield required_value("spec.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')


def _service(obj: JSON) -> Iterator[Cause]:
    ports = obj["spec"].get("ports") or []
    for at, port in enumerate(ports):
        if port.get("name") in [each.get("name") for each in ports[:at] if each.get("name")]:
            yield Cause("FieldValueDuplicate", f'Duplicate value: "{port["name"]}"', f"spec.ports[{at}].name")
        if len(ports) > 1 and not port.get("name"):
            yield required_value(f"spec.ports[{at}].name")
        for key in ("port", "targetPort"):
            if isinstance(port[key], int) and not 0 < port[key] < 65_536:
                yield invalid_value(f"spec.ports[{at}].{key}", port[key], "must be between 1 and 65535, inclusive")


def _ingress(obj: JSON) -> Iterator[Cause]:
    if not obj["spec"].get("rules") and not obj["spec"].get("defaultBackend"):
        yield invalid_value("spec", None, "either `defaultBackend` or `rules` must be specified")


def _claim(obj: JSON) -> Iterator[Cause]:
    if not obj["spec"].get("accessModes"):
        yield required_value("spec.accessModes", "at least 1 access mode is required")
    if "storage" not in (obj["spec"].get("resources") or {}).get("requests", {}):
        yield required_value("spec.resources[storage]")


def _keys(obj: JSON) -> Iterator[Cause]:
    for key in obj.get("data") or {}:
        if not _CONFIG_KEY.fullmatch(key):
            yield invalid_value(f"data[{key}]", key, _CONFIG_KEY_WHY)


def _secret(obj: JSON) -> Iterator[Cause]:
    yield from _keys(obj)
    if obj.get("type") != "kubernetes.io/dockerconfigjson":
        return
    held = (obj.get("data") or {}).get(".dockerconfigjson")
    if held is None:
        yield required_value("data[.dockerconfigjson]")
    elif not _is_json(held):
        yield invalid_value("data[.dockerconfigjson]", "<secret contents redacted>", "it is no JSON")


def _is_json(held: str) -> bool:
    try:
        json.loads(base64.b64decode(held))
    except ValueError:
        return False
    return True


_KINDS: dict[str, Callable[[JSON], Iterable[Cause]]] = {
    "Deployment": _deployment, "Job": _job, "Service": _service, "Ingress": _ingress, "PersistentVolumeClaim": _claim,
    "ConfigMap": _keys, "Secret": _secret,
}  # fmt: skip


def causes(resource: Resource, node: Node, obj: JSON, old: JSON | None) -> list[Cause]:
    """Why the object is invalid, in order; nothing where it is not."""
    found = [*_name(obj), *_labels(obj)]
    if not resource.custom:
        found += sorted([*_required(node, obj, ""), *_workload(obj)], key=_depth)
    if old is not None and not resource.custom:
        found += _changes(obj, old)
    return found


def _depth(cause: Cause) -> bool:
    """Of a pod's template, its labels are looked at first."""
    return cause.field.startswith("spec.template.spec")


def _name(obj: JSON) -> Iterator[Cause]:
    name = obj["metadata"].get("name", "")
    if not name:
        yield required_value("metadata.name", "name or generateName is required")
        return
    form, longest = _FORMS.get(obj["kind"], (_SUBDOMAIN, 253))
    if obj["kind"] not in _ANY_NAME and not re.fullmatch(form, name):
        yield invalid_value("metadata.name", name, _WHY[form].format(form))
    if len(name) > longest:
        yield invalid_value("metadata.name", name, f"must be no more than {longest} characters")


def _labels(obj: JSON) -> Iterator[Cause]:
    for value in (obj["metadata"].get("labels") or {}).values():
        if len(value) > 63:
            yield invalid_value("metadata.labels", value, "must be no more than 63 characters")
        elif not _LABEL_VALUE.fullmatch(value):
            yield invalid_value("metadata.labels", value, _VALUE_WHY)


def _required(node: Node, value: Any, path: str) -> Iterator[Cause]:
    shape = node.of(value)
    if shape == "map" and isinstance(value, dict):
        for key in node.required:
            if value.get(key) in (None, "") and key not in ("replicas", "availableReplicas", "containers"):
                yield required_value(f"{path}.{key}".lstrip("."))
        for key, child in value.items():
            if key != "status":
                yield from _required(node.field(key), child, f"{path}.{key}".lstrip("."))
    elif shape == "list" and isinstance(value, list):
        for at, child in enumerate(value):
            yield from _required(node.element, child, f"{path}[{at}]")


def _workload(obj: JSON) -> Iterator[Cause]:
    spec = obj.get("spec") or {}
    if obj["kind"] in ("Deployment", "StatefulSet", "ReplicaSet", "DaemonSet"):
        labels = spec["template"]["metadata"].get("labels")
        if not selects(spec.get("selector"), labels):
            yield invalid_value("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from _KINDS.get(obj["kind"], lambda _: ())(obj)
    for path, pod in _pods(obj):
        if not pod.get("containers"):
            yield required_value(f"{path}.containers")
        claims = {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates") or []}
        yield from _containers(pod, path, claims)


def _pods(obj: JSON) -> Iterator[tuple[str, JSON]]:
    spec = obj.get("spec") or {}
    if obj["kind"] == "Pod":
        yield "spec", spec
    elif "template" in spec:
        yield "spec.template.spec", spec["template"].get("spec") or {}


def _containers(pod: JSON, path: str, claims: set[str]) -> Iterator[Cause]:
    volumes = claims | {volume["name"] for volume in pod.get("volumes") or []}
    for group in ("initContainers", "containers"):
        for at, each in enumerate(pod.get(group) or []):
            where = f"{path}.{group}[{at}]"
            if not each.get("image"):
                yield required_value(f"{where}.image")
            yield from _mounts(each, where, volumes)
            yield from _limits(each, where)


def _mounts(each: JSON, where: str, volumes: set[str]) -> Iterator[Cause]:
    for at, mount in enumerate(each.get("volumeMounts") or []):
        if mount["name"] not in volumes:
            yield Cause("FieldValueNotFound", f'Not found: "{mount["name"]}"', f"{where}.volumeMounts[{at}].name")


def _limits(each: JSON, where: str) -> Iterator[Cause]:
    limits, requests = each["resources"].get("limits") or {}, each["resources"].get("requests") or {}
    for name in sorted(limits.keys() & requests.keys()):
        if amount(requests[name]) > amount(limits[name]):
            why = f"must be less than or equal to {name} limit of {limits[name]}"
            yield invalid_value(f"{where}.resources.requests", requests[name], why)


def _changes(obj: JSON, old: JSON) -> Iterator[Cause]:
    kind, spec, before = obj["kind"], obj.get("spec") or {}, old.get("spec") or {}
    if kind in ("Deployment", "ReplicaSet", "DaemonSet") and spec.get("selector") != before.get("selector"):
        yield invalid_value("spec.selector", spec.get("selector"), _IMMUTABLE)
    if kind == "Job":
        for key in ("selector", "template", "completions", "completionMode"):
            if spec.get(key) != before.get(key):
                yield invalid_value(f"spec.{key}", spec.get(key), _IMMUTABLE)
    if kind == "StatefulSet" and _rest(spec, _STATEFUL_MAY_CHANGE) != _rest(before, _STATEFUL_MAY_CHANGE):
        yield forbidden_value("spec", _STATEFUL_WHY)
    if kind in ("PersistentVolumeClaim", "PersistentVolume"):
        yield from _storage(obj, old)
    if kind == "Service" and before.get("clusterIP") and spec.get("clusterIP") != before["clusterIP"]:
        yield invalid_value("spec.clusterIPs[0]", spec.get("clusterIPs"), "may not change once set")
    if kind in ("Secret", "ConfigMap"):
        yield from _data(obj, old)
    if kind.endswith("RoleBinding") and obj.get("roleRef") != old.get("roleRef"):
        names = {"apiGroup": "APIGroup", "kind": "Kind", "name": "Name"}
        told = {names[key]: value for key, value in (obj.get("roleRef") or {}).items()}
        yield invalid_value("roleRef", told, "cannot change roleRef")


def _rest(spec: JSON, keys: tuple[str, ...]) -> JSON:
    return {key: value for key, value in spec.items() if key not in keys}


_SOURCES = ("nfs", "hostPath", "csi", "local", "iscsi")


def _storage(obj: JSON, old: JSON) -> Iterator[Cause]:
    spec, before = obj["spec"], old["spec"]
    if obj["kind"] == "PersistentVolume":
        if any(spec.get(source) != before.get(source) for source in _SOURCES):
            yield forbidden_value(
                "spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation"
            )
        return
    may_change = ("resources", "volumeAttributesClassName") + (() if before.get("volumeName") else ("volumeName",))
    bound = old.get("status", {}).get("phase") == "Bound"
    if _rest(spec, may_change) != _rest(before, may_change) or (
        not bound and spec.get("resources") != before.get("resources")
    ):
        yield forbidden_value("spec", _CLAIM_WHY)
        return
    size, was = (each["resources"]["requests"]["storage"] for each in (spec, before))
    if amount(size) < amount(was):
        yield forbidden_value("spec.resources.requests.storage", "field can not be less than status.capacity")


def _data(obj: JSON, old: JSON) -> Iterator[Cause]:
    if obj["kind"] == "Secret" and obj.get("type") != old.get("type"):
        yield invalid_value("type", obj.get("type"), _IMMUTABLE)
    if old.get("immutable"):
        if not obj.get("immutable"):
            yield forbidden_value("immutable", "field is immutable when `immutable` is set")
        if obj.get("data") != old.get("data"):
            yield forbidden_value("data", "field is immutable when `immutable` is set")
