"""Which workloads start anew because a Secret that they read was changed: they have read it once, as they started.

When it was changed is told by the Secret itself, so that a deployer that was killed in between misses nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import containers, items, part, reference, selects

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.targets.kubernetes.client.objects import JSON

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")
_READ = "kkinfra/secrets-changed"
"""The annotation of a pod's template that makes a controller replace the pods, as `kubectl rollout restart` has one."""


def written_at(secret: JSON | None) -> str:
    """When the values of a Secret were changed last (RFC 3339, UTC), by kkinfra or an operator; empty where never."""
    entries = items(secret, "metadata", "managedFields")
    return max((str(each.get("time", "")) for each in entries if part(each, "fieldsV1", "f:data")), default="")


def outdated(workloads: Iterable[JSON], pods: Iterable[JSON], secrets: Mapping[str, JSON]) -> list[JSON]:
    """Live workloads with pods that started before a Secret that they read was changed; `secrets` are by name."""
    running = [each for each in pods if "deletionTimestamp" not in part(each, "metadata")]
    return [
        each
        for each in workloads
        if each["kind"] in WORKLOADS
        and (at := newest(each, secrets)) != part(each, "spec", "template", "metadata", "annotations").get(_READ, "")
        and any(str(part(pod, "metadata").get("creationTimestamp")) < at for pod in running if selects(each, pod))
    ]


def newest(workload: JSON, secrets: Mapping[str, JSON]) -> str:
    """When the Secrets that a workload reads were changed last; empty where that is not told."""
    return max((written_at(secrets.get(name)) for name in reads(workload)), default="")


def reads(workload: JSON) -> set[str]:
    """The names of the Secrets that the containers of a workload read, from files or variables."""
    spec = part(workload, "spec", "template", "spec")
    volumes = items(spec, "volumes")
    found = {part(each, "secret").get("secretName") for each in volumes}
    found |= {part(source, "secret").get("name") for each in volumes for source in items(each, "projected", "sources")}
    for container in containers(spec):
        found |= {part(each, "valueFrom", "secretKeyRef").get("name") for each in items(container, "env")}
        found |= {part(each, "secretRef").get("name") for each in items(container, "envFrom")}
    return {str(name) for name in found if name}


def restart(workload: JSON, at: str) -> JSON:
    """What is applied to make the controller of a workload replace its pods."""
    name = reference(workload)
    return {
        "apiVersion": name.api_version, "kind": name.kind, "metadata": {"name": name.name, "namespace": name.namespace},
        "spec": {"template": {"metadata": {"annotations": {_READ: at}}}},
    }  # fmt: skip
