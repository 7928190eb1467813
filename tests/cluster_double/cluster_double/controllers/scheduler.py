"""The scheduler: which node a pod runs on, and why on none.

https://kubernetes.io/docs/concepts/scheduling-eviction/kube-scheduler/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers.world import SCHEDULER, condition, is_leaving, now_text

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

NODES = ("worker-1", "worker-2")
_NO_HELP = "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
_FULL = (
    "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, "
    "2 Insufficient memory. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, "
    "2 No preemption victims found for incoming pod."
)


def reconcile(world: World) -> None:
    world.each("Pod", _schedule)


def _schedule(world: World, pod: JSON) -> None:
    if is_leaving(pod) or pod["spec"].get("nodeName"):
        return
    behaviour = world.behaviour(pod)
    if behaviour is not None and behaviour.mode == "Unschedulable":
        _refuse(world, pod, behaviour.message or _FULL)
        return
    why = _claims(world, pod) if world.pace.checks_references else ""
    if why:
        _refuse(world, pod, why)
        return
    node = pod["spec"]["nodeName"] = NODES[hash(pod["metadata"]["uid"]) % len(NODES)]
    pod = world.update(pod, SCHEDULER)
    scheduled = condition("PodScheduled", "True", lastProbeTime=None, lastTransitionTime=now_text())
    world.set_status(pod, {**pod["status"], "conditions": [scheduled]}, SCHEDULER)
    name = f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"
    world.event(pod, "Normal", "Scheduled", f"Successfully assigned {name} to {node}", "default-scheduler")


def _claims(world: World, pod: JSON) -> str:
    for volume in pod["spec"].get("volumes") or []:
        name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
        claim = world.find("PersistentVolumeClaim", pod["metadata"]["namespace"], name) if name else None
        if name and claim is None:
            return f'0/3 nodes are available: persistentvolumeclaim "{name}" not found. {_NO_HELP}'
        if claim is not None and claim["status"]["phase"] != "Bound":
            return f"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. {_NO_HELP}"
    return ""


def _refuse(world: World, pod: JSON, why: str) -> None:
    before = pod["status"].get("conditions") or []
    if any(each.get("message") == why for each in before):
        return
    at = {"lastProbeTime": None, "lastTransitionTime": now_text()}
    world.set_status(pod, {**pod["status"], "conditions": [condition("PodScheduled", "False", "Unschedulable", why, **at)]}, SCHEDULER)  # fmt: skip # noqa: E501
    world.event(pod, "Warning", "FailedScheduling", why, "default-scheduler")
