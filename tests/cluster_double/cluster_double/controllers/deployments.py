"""The controller of Deployments: replica sets that replace each other.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/ - the conditions are those of
kubernetes/pkg/controller/deployment/progress.go.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cluster_double.controllers.world import condition, digest, is_leaving, is_over, owner_reference, with_conditions
from cluster_double.store import clone

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

REVISION = "deployment.kubernetes.io/revision"
HASH = "pod-template-hash"
_SOURCE = "deployment-controller"
_TIMES = ("lastTransitionTime", "lastUpdateTime")
_NOT_COPIED = ("kubectl.kubernetes.io/last-applied-configuration", REVISION)


def reconcile(world: World) -> None:
    world.each("Deployment", _reconcile)


def _reconcile(world: World, deployment: JSON) -> None:
    if is_leaving(deployment):
        return
    owned = world.owned("ReplicaSet", deployment)
    mark = digest(_content(deployment["spec"]["template"]))
    new = next((each for each in owned if each["metadata"]["labels"][HASH] == mark), None)
    old = [each for each in owned if each is not new]
    if new is None and not deployment["spec"].get("paused"):
        new = _create(world, deployment, mark, old)
    if new is not None and not deployment["spec"].get("paused"):
        new = _renewed(world, new, old)
        _scale_all(world, deployment, new, old)
    _set_status(world, deployment, new)
    _forget_oldest(world, deployment, old)


def _content(template: JSON) -> JSON:
    labels = {key: value for key, value in (template["metadata"].get("labels") or {}).items() if key != HASH}
    metadata = {key: value for key, value in template["metadata"].items() if value is not None} | {"labels": labels}
    return template | {"metadata": metadata}


def _number(replica_set: JSON) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, 0))


def _create(world: World, deployment: JSON, mark: str, old: list[JSON]) -> JSON:
    metadata, spec = deployment["metadata"], deployment["spec"]
    template = clone(spec["template"])
    template["metadata"]["labels"] = {**template["metadata"]["labels"], HASH: mark}
    annotations = {key: value for key, value in (metadata.get("annotations") or {}).items() if key not in _NOT_COPIED}
    annotations[REVISION] = str(max(map(_number, old), default=0) + 1)
    labels = {**spec["selector"].get("matchLabels", {}), HASH: mark}
    body: JSON = {"apiVersion": "apps/v1", "kind": "ReplicaSet"}
    body["metadata"] = {"name": f"{metadata['name']}-{mark}", "namespace": metadata["namespace"]}
    body["metadata"] |= {"labels": template["metadata"]["labels"], "annotations": annotations}
    body["metadata"] |= {"ownerReferences": [owner_reference(deployment)]}
    selector = {**spec["selector"], "matchLabels": labels}
    return world.create(body | {"spec": {"replicas": 0, "selector": selector, "template": template}})


def _renewed(world: World, new: JSON, old: list[JSON]) -> JSON:
    """One that comes back is the newest revision again."""
    newest = max(map(_number, old), default=0)
    if _number(new) > newest:
        return new
    new["metadata"]["annotations"] |= {REVISION: str(newest + 1)}
    return world.update(new)


def _scale_all(world: World, deployment: JSON, new: JSON, old: list[JSON]) -> None:
    spec = deployment["spec"]
    if spec["strategy"]["type"] == "Recreate":
        for each in old:
            _scale(world, deployment, each, 0)
        if not any(_pods(world, each) for each in old):
            _scale(world, deployment, new, spec["replicas"])
        return
    surge, unavailable = _bounds(spec)
    running = sum(each["spec"]["replicas"] for each in old)
    wanted = min(spec["replicas"], max(new["spec"]["replicas"], spec["replicas"] + surge - running))
    _scale(world, deployment, new, wanted)
    _scale_down(world, deployment, new, old, spec["replicas"] - unavailable)


def _scale_down(world: World, deployment: JSON, new: JSON, old: list[JSON], least: int) -> None:
    """Those that are not available go first; of the others as many as leave enough."""
    spare = sum(map(_available, [new, *old])) - least
    for each in sorted(old, key=_number):
        unhealthy = each["spec"]["replicas"] - _available(each)
        healthy = max(0, min(spare, _available(each)))
        spare -= healthy
        _scale(world, deployment, each, each["spec"]["replicas"] - unhealthy - healthy)


def _available(replica_set: JSON) -> int:
    return replica_set.get("status", {}).get("availableReplicas", 0)


def _bounds(spec: JSON) -> tuple[int, int]:
    rolling = spec["strategy"]["rollingUpdate"]
    surge = _amount(rolling["maxSurge"], spec["replicas"], up=True)
    unavailable = _amount(rolling["maxUnavailable"], spec["replicas"], up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def _amount(value: int | str, of: int, *, up: bool) -> int:
    if isinstance(value, int):
        return value
    share = int(value.rstrip("%")) * of / 100
    return math.ceil(share) if up else math.floor(share)


def _scale(world: World, deployment: JSON, replica_set: JSON, replicas: int) -> None:
    before = replica_set["spec"]["replicas"]
    if before == replicas:
        return
    replica_set["spec"]["replicas"] = replicas
    world.update(replica_set)
    way = "up" if replicas > before else "down"
    said = f"Scaled {way} replica set {replica_set['metadata']['name']} from {before} to {replicas}"
    world.event(deployment, "Normal", "ScalingReplicaSet", said, _SOURCE)


def _pods(world: World, replica_set: JSON) -> list[JSON]:
    return [pod for pod in world.owned("Pod", replica_set) if not is_over(pod)]


def _set_status(world: World, deployment: JSON, new: JSON | None) -> None:
    owned = world.owned("ReplicaSet", deployment)
    current = next((each for each in owned if new and each["metadata"]["uid"] == new["metadata"]["uid"]), None)
    counts = {key: sum(each.get("status", {}).get(key, 0) for each in owned) for key in ("replicas", "readyReplicas")}
    available = sum(map(_available, owned))
    updated = (current or {}).get("status", {}).get("replicas", 0)
    status: JSON = {"observedGeneration": deployment["metadata"]["generation"], **counts, "updatedReplicas": updated}
    missing = max(0, deployment["spec"]["replicas"] - available)
    status |= {"availableReplicas": available, "unavailableReplicas": missing}
    status = {key: value for key, value in status.items() if value}
    status["conditions"] = _conditions(world, deployment, current, status)
    annotations = deployment["metadata"].get("annotations") or {}
    revision = {REVISION: str(_number(current))} if current else {}
    if status != deployment.get("status") or annotations != annotations | revision:
        deployment["metadata"]["annotations"] = annotations | revision
        world.set_status(deployment, status)


def _conditions(world: World, deployment: JSON, current: JSON | None, status: JSON) -> list[JSON]:
    spec, before = deployment["spec"], deployment.get("status", {}).get("conditions")
    unavailable = _bounds(spec)[1] if spec["strategy"]["type"] == "RollingUpdate" else 0
    enough = status.get("availableReplicas", 0) >= spec["replicas"] - unavailable
    has, reason = ("has", "MinimumReplicasAvailable") if enough else ("does not have", "MinimumReplicasUnavailable")
    wanted = [condition("Available", str(enough), reason, f"Deployment {has} minimum availability.")]
    if current is not None:
        wanted.append(_progress(world, deployment, current, status))
        wanted += [
            each for each in current.get("status", {}).get("conditions") or [] if each["type"] == "ReplicaFailure"
        ]
    bare = [{key: value for key, value in each.items() if key not in _TIMES} for each in wanted]
    return with_conditions(before, *bare, times=_TIMES)


def _progress(world: World, deployment: JSON, current: JSON, status: JSON) -> JSON:
    name, replicas = current["metadata"]["name"], deployment["spec"]["replicas"]
    counted = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    if counted == [replicas] * 3:
        return condition("Progressing", "True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.')  # fmt: skip # noqa: E501
    progress = [str(count) for count in (*counted, status.get("readyReplicas", 0))]
    waited = world.since(deployment["metadata"]["uid"], name, str(deployment["metadata"]["generation"]), *progress)
    if waited >= deployment["spec"]["progressDeadlineSeconds"] * world.pace.deadlines:
        return condition("Progressing", "False", "ProgressDeadlineExceeded", f'ReplicaSet "{name}" has timed out progressing.')  # fmt: skip # noqa: E501
    if not counted[1]:
        return condition("Progressing", "True", "NewReplicaSetCreated", f'Created new replica set "{name}"')
    return condition("Progressing", "True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.')


def _forget_oldest(world: World, deployment: JSON, old: list[JSON]) -> None:
    gone = [each for each in sorted(old, key=_number) if not each["spec"]["replicas"] and not _pods(world, each)]
    for each in gone[: max(0, len(gone) - deployment["spec"]["revisionHistoryLimit"])]:
        world.delete(each)
