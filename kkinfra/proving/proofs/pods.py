"""The pods that rendered objects make: how many of each there are, and what each asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.amounts import cpu, memory
from kkinfra.proving.proofs.documents import objects
from kkinfra.proving.proofs.packing import Size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.proving.proofs.documents import Object
    from kkinfra.rendering.artifacts import ArtifactTree

_NAME = "app.kubernetes.io/name"
_SERVICES, _JOB, _CRON = ("Deployment", "StatefulSet"), "Job", "CronJob"


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods of one object: `count` while it serves, and `more` of them while a release is rolled out."""

    part: str
    kind: str
    count: int
    more: int
    size: Size


def pods(tree: ArtifactTree) -> Iterator[Pods]:
    """All pods; with an autoscaler, as many as it may want."""
    found = list(objects(tree))
    most = {
        each["spec"]["scaleTargetRef"]["name"]: int(each["spec"]["maxReplicas"])
        for each in found
        if each["kind"] == "HorizontalPodAutoscaler"
    }
    for each in found:
        spec, kind = each.get("spec", {}), each["kind"]
        if kind in _SERVICES:
            count = most.get(each["metadata"]["name"], int(spec.get("replicas", 1)))
            yield _pods(each, spec["template"], count, _surge(spec, count))
        elif kind == _JOB:
            yield _pods(each, spec["template"], 0, 1)
        elif kind == _CRON:
            yield _pods(each, spec["jobTemplate"]["spec"]["template"], 1, 0)


def _pods(owner: Object, template: Object, count: int, more: int) -> Pods:
    part = template["metadata"].get("labels", {}).get(_NAME, owner["metadata"]["name"])
    return Pods(part, owner["kind"], count, more, requested(template["spec"]))


def _surge(spec: Object, count: int) -> int:
    """Pods of the new release beside those of the old one; by default a quarter of them, rounded up.

    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge
    """
    strategy = spec.get("strategy", {})
    if "strategy" not in spec or strategy.get("type") == "Recreate":
        return 0
    said = strategy.get("rollingUpdate", {}).get("maxSurge", "25%")
    return -(-count * int(said[:-1]) // 100) if isinstance(said, str) and said.endswith("%") else int(said)


def requested(spec: Object) -> Size:
    """What the scheduler looks for: all containers together, or the largest init container where that is more.

    https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
    """
    main = sum((_request(each) for each in spec["containers"]), Size(0, 0))
    first = [_request(each) for each in spec.get("initContainers", ())]
    return Size(max(main.memory, *(each.memory for each in first), 0), max(main.cpu, *(each.cpu for each in first), 0))


def _request(container: Object) -> Size:
    """A request, which is the limit where only that is said."""
    resources = container.get("resources", {})
    asked = {**resources.get("limits", {}), **resources.get("requests", {})}
    return Size(memory(asked.get("memory", "0")), cpu(asked.get("cpu", "0")))
