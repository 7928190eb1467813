"""The controller of replica sets: as many pods as are wanted.

https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import condition, digest, is_leaving, is_over, is_ready, pod_of, with_conditions
from cluster_double.statuses import Refused

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON


def reconcile(world: World) -> None:
    world.each("ReplicaSet", _reconcile)


def _reconcile(world: World, replica_set: JSON) -> None:
    if is_leaving(replica_set):
        return
    pods = [pod for pod in world.owned("Pod", replica_set) if not is_leaving(pod) and not is_over(pod)]
    wanted, failure = replica_set["spec"]["replicas"], ""
    for _ in range(wanted - len(pods)):
        failure = _create(world, replica_set)
        if failure:
            break
    pods.sort(key=is_ready)
    for pod in pods[: max(0, len(pods) - wanted)]:
        world.delete(pod)
        world.event(replica_set, "Normal", "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}", "replicaset-controller")  # fmt: skip # noqa: E501
    _set_status(world, replica_set, failure)


def _create(world: World, replica_set: JSON) -> str:
    """Create a pod; what is said where it is refused."""
    name = f"{replica_set['metadata']['name']}-"
    pod = pod_of(replica_set, replica_set["spec"]["template"], {"generateName": name})
    behaviour = world.behaviour(pod, world.workload(replica_set))
    failure = ""
    if behaviour is not None and behaviour.mode == "Quota":
        said = behaviour.message or _exceeded(pod)
        failure = f'pods "{name}{digest(pod["spec"], 5)}" is forbidden: {said}'
    else:
        try:
            pod = world.create(pod)
        except Refused as refused:
            failure = refused.message
    if failure:
        world.event(replica_set, "Warning", "FailedCreate", f"Error creating: {failure}", "replicaset-controller")
    else:
        world.event(replica_set, "Normal", "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}", "replicaset-controller")  # fmt: skip # noqa: E501
    return failure


def _exceeded(pod: JSON) -> str:
    memory = pod["spec"]["containers"][0]["resources"].get("limits", {}).get("memory", "256M")
    asked, used = f"requested: limits.memory={memory}", "used: limits.memory=16Gi"
    return f"exceeded quota: kkambbaki, {asked}, {used}, limited: limits.memory=16Gi"


def _set_status(world: World, replica_set: JSON, failure: str) -> None:
    pods = [pod for pod in world.owned("Pod", replica_set) if not is_leaving(pod) and not is_over(pod)]
    ready = sum(map(is_ready, pods))
    status: JSON = {"replicas": len(pods), "observedGeneration": replica_set["metadata"]["generation"]}
    status |= {"fullyLabeledReplicas": len(pods)} if pods else {}
    status |= {"readyReplicas": ready, "availableReplicas": ready} if ready else {}
    if failure:
        failed = condition("ReplicaFailure", "True", "FailedCreate", failure)
        before = replica_set.get("status", {}).get("conditions")
        status["conditions"] = with_conditions(before, failed, times=("lastTransitionTime",))
    if status != replica_set.get("status"):
        world.set_status(replica_set, status)
