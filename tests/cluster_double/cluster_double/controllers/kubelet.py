"""The kubelet: it starts the containers of pods, tells how they are, and ends them.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers import container_states as states
from cluster_double.controllers import one_offs
from cluster_double.controllers.failing import failed_state
from cluster_double.controllers.references import unconfigured, unmounted
from cluster_double.controllers.world import KUBELET, condition, is_leaving, is_over, now_text, with_conditions

if TYPE_CHECKING:
    from cluster_double.controllers.behaviour import Behaviour
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON

_STARTING = ("ContainerCreating", "PodInitializing")


def reconcile(world: World) -> None:
    world.each("Pod", _attend)


def _attend(world: World, pod: JSON) -> None:
    if is_leaving(pod):
        _end(world, pod)
    elif pod["spec"].get("nodeName") and not is_over(pod):
        _live(world, pod)


def _end(world: World, pod: JSON) -> None:
    behaviour = world.behaviour(pod)
    if behaviour is not None and behaviour.mode == "NeverEnds":
        return
    one_offs.end(world, pod)
    if not pod["metadata"].get("finalizers"):
        world.vanish(pod)


def _live(world: World, pod: JSON) -> None:
    status = pod["status"]
    if "startTime" not in status:
        _accept(world, pod)
        return
    why = unmounted(world, pod) if world.pace.checks_references else ""
    if why:
        world.event(pod, "Warning", "FailedMount", why, KUBELET)
        return
    behaviour = world.behaviour(pod)
    first = _containers(world, pod, "initContainers", behaviour, open_to=True)
    done = all("terminated" in each["state"] and each["state"]["terminated"]["exitCode"] == 0 for each in first)
    main = _containers(world, pod, "containers", behaviour, open_to=done)
    _set_status(world, pod, first, main, initialized=done)


def _accept(world: World, pod: JSON) -> None:
    """The pod is on the node; nothing runs yet."""
    spec = pod["spec"]
    first = [states.status(each, states.waiting("PodInitializing")) for each in spec.get("initContainers") or []]
    reason = "PodInitializing" if first else "ContainerCreating"
    main = [states.status(each, states.waiting(reason)) for each in spec["containers"]]
    _set_status(world, pod, first, main, initialized=not first)


def _containers(
    world: World, pod: JSON, group: str, behaviour: Behaviour | None, *, open_to: bool
) -> list[JSON]:  # fmt: skip
    """What becomes of the containers of a group; of init containers one after the other."""
    known = {each["name"]: each for each in pod["status"].get(f"{group[:-1]}Statuses") or []}
    found: list[JSON] = []
    for container in pod["spec"].get(group) or []:
        before = known.get(container["name"]) or states.status(container, states.waiting("PodInitializing"))
        after = _next(world, pod, container, before, behaviour, group) if open_to else before
        found.append(after)
        if group == "initContainers":
            open_to = after["state"].get("terminated", {}).get("exitCode") == 0
    return found


def _next(
    world: World, pod: JSON, container: JSON, before: JSON, behaviour: Behaviour | None, group: str
) -> JSON:  # fmt: skip
    why = unconfigured(world, pod, container) if world.pace.checks_references and not _runs(before) else ""
    if behaviour is not None and behaviour.mode == "ConfigError" and _is_at_fault(pod, container, behaviour):
        why = behaviour.message or f'secret "{container["name"]}" not found'
    if why:
        world.event(pod, "Warning", "Failed", f"Error: {why}", KUBELET, container=container["name"])
        return states.status(container, states.waiting("CreateContainerConfigError", why))
    if behaviour is not None and _is_at_fault(pod, container, behaviour):
        after = failed_state(world, pod, container, before, behaviour)
        if after is not None:
            return after
    if group == "containers" and one_offs.is_one_off(pod):
        return one_offs.next_state(world, pod, container, before)
    return _healthy(world, pod, container, before, ends=group == "initContainers" or _ends(pod))


def _is_at_fault(pod: JSON, container: JSON, behaviour: Behaviour) -> bool:
    return container["name"] == (behaviour.container or pod["spec"]["containers"][0]["name"])


def _ends(pod: JSON) -> bool:
    """Whether its containers are to end: those of a job and of a one-off pod are."""
    return one_offs.is_one_off(pod) or any(
        owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences") or []
    )


def _runs(state: JSON) -> bool:
    return "running" in state["state"]


def _healthy(world: World, pod: JSON, container: JSON, before: JSON, *, ends: bool) -> JSON:
    if "terminated" in before["state"] and ends and before["state"]["terminated"]["exitCode"] == 0:
        return before
    if _runs(before):
        if not ends:
            return {**before, "ready": True}
        return states.status(container, states.terminated(0), restarts=before["restartCount"])
    metadata = pod["metadata"]
    world.logs.write(metadata["namespace"], metadata["name"], container["name"], f"{container['name']} started\n")
    world.event(
        pod,
        "Normal",
        "Pulled",
        f'Successfully pulled image "{container["image"]}"',
        KUBELET,
        container=container["name"],
    )
    world.event(
        pod, "Normal", "Started", f"Started container {container['name']}", KUBELET, container=container["name"]
    )
    return states.status(container, states.running(), restarts=before["restartCount"], last=before["lastState"])


def _phase(pod: JSON, main: list[JSON]) -> str:
    ended = [each["state"]["terminated"]["exitCode"] for each in main if "terminated" in each["state"]]
    if len(ended) == len(main) and _ends(pod):
        return "Failed" if any(ended) else "Succeeded"
    return (
        "Running"
        if any(_runs(each) or each["lastState"] or "terminated" in each["state"] for each in main)
        else "Pending"
    )


def _set_status(
    world: World, pod: JSON, first: list[JSON], main: list[JSON], *, initialized: bool
) -> None:  # fmt: skip
    phase = _phase(pod, main)
    if _ends(pod) and any(each["state"].get("terminated", {}).get("exitCode", 0) for each in first):
        phase = "Failed"
    ready = all(each["ready"] for each in main) and phase == "Running"
    started = phase == "Running" or any(_runs(each) for each in first)
    status: JSON = {**pod["status"], "phase": phase, "containerStatuses": main}
    status |= {"initContainerStatuses": _readied(first)} if first else {}
    status |= {"hostIP": "192.0.2.10", "hostIPs": [{"ip": "192.0.2.10"}]}
    status |= {"podIP": "10.244.1.7", "podIPs": [{"ip": "10.244.1.7"}]} if started else {}
    status["startTime"] = pod["status"].get("startTime") or now_text()
    status["conditions"] = _conditions(pod, phase, started=started, initialized=initialized, ready=ready, main=main)
    if status != pod["status"]:
        world.set_status(pod, status, KUBELET)


def _readied(first: list[JSON]) -> list[JSON]:
    return [{**each, "ready": each["state"].get("terminated", {}).get("exitCode") == 0} for each in first]


def _conditions(
    pod: JSON, phase: str, *, started: bool, initialized: bool, ready: bool, main: list[JSON]
) -> list[JSON]:  # fmt: skip
    unready = " ".join(each["name"] for each in main if not each["ready"])
    why = ("ContainersNotReady", f"containers with unready status: [{unready}]")
    why = ("PodCompleted", "") if phase == "Succeeded" else ("PodFailed", "") if phase == "Failed" else why
    wanted = [condition("PodReadyToStartContainers", str(started), lastProbeTime=None)]
    waits = ("ContainersNotInitialized", "containers with incomplete status")
    wanted.append(condition("Initialized", str(initialized), *(() if initialized else waits), lastProbeTime=None))
    unready_why = () if ready else why
    wanted += [condition(kind, str(ready), *unready_why, lastProbeTime=None) for kind in ("Ready", "ContainersReady")]
    wanted.append(condition("PodScheduled", "True", lastProbeTime=None))
    return with_conditions(pod["status"].get("conditions"), *wanted, times=("lastTransitionTime",))
