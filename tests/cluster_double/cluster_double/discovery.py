"""What the server says it serves.

https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cluster_double.statuses import NoSuchPath

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cluster_double.kinds import JSON, Resource

VERSION: JSON = {
    "major": "1", "minor": "33", "emulationMajor": "1", "emulationMinor": "33", "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "32", "gitVersion": "v1.33.1", "gitCommit": "8adc0f041b8e7ad1d30e29cc59c6ae7a15e19828",
    "gitTreeState": "clean", "buildDate": "2025-05-15T08:27:30Z", "goVersion": "go1.24.2", "compiler": "gc",
    "platform": "linux/amd64",
}  # fmt: skip
_RESOURCE_VERBS = ["get", "patch", "update"]


def document(path: str, served: Iterable[Resource]) -> JSON:
    """The document of a discovery path. Raises NoSuchPath where there is none."""
    served = list(served)
    parts = path.strip("/").split("/")
    if parts == ["version"]:
        return VERSION
    if parts == ["api"]:
        return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    if parts == ["apis"]:
        groups = list(dict.fromkeys(resource.group for resource in served if resource.group))
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name, served) for name in groups]}
    if len(parts) == 2 and parts[0] == "apis":
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], served)}
    return resources("/".join(parts[1:]), served)


def _group(name: str, served: list[Resource]) -> JSON:
    versions = list(dict.fromkeys(resource.version for resource in served if resource.group == name))
    if not versions:
        raise NoSuchPath
    found = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": found, "preferredVersion": found[0]}


def resources(group_version: str, served: list[Resource]) -> JSON:
    """The APIResourceList of one group and version."""
    found = [resource for resource in served if resource.group_version == group_version]
    if not found:
        raise NoSuchPath
    listed = [entry for resource in found for entry in _entries(resource)]
    head: dict[str, Any] = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version}
    return head | {"resources": listed}


def _entries(resource: Resource) -> list[JSON]:
    entry: JSON = {"name": resource.plural, "singularName": resource.kind.lower(), "namespaced": resource.namespaced}
    entry |= {"kind": resource.kind, "verbs": list(resource.verbs)}
    entry |= {"shortNames": list(resource.short)} if resource.short else {}
    below = (("status",) if resource.status else ()) + resource.subresources
    return [entry, *(_subresource(resource, name) for name in below)]


def _subresource(resource: Resource, name: str) -> JSON:
    entry: JSON = {"name": f"{resource.plural}/{name}", "singularName": "", "namespaced": resource.namespaced}
    if name == "scale":
        return entry | {"group": "autoscaling", "version": "v1", "kind": "Scale", "verbs": _RESOURCE_VERBS}
    if name == "eviction":
        return entry | {"group": "policy", "version": "v1", "kind": "Eviction", "verbs": ["create"]}
    return entry | {"kind": resource.kind, "verbs": ["get"] if name == "log" else _RESOURCE_VERBS}
