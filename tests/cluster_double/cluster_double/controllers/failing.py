"""The states of a container at fault, on command, with the events and logs that a kubelet writes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cluster_double.controllers import container_states as states
from cluster_double.controllers.world import KUBELET

if TYPE_CHECKING:
    from cluster_double.controllers.behaviour import Behaviour
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON


def failed_state(world: World, pod: JSON, container: JSON, before: JSON, behaviour: Behaviour) -> JSON | None:
    """What becomes of the container; none where it is as a healthy one is for now."""
    mode = behaviour.mode
    if mode == "ImagePullBackOff":
        return _unpulled(world, pod, container, before, behaviour)
    if mode in ("CrashLoopBackOff", "OOMKilled"):
        return _crashed(world, pod, container, before, behaviour)
    if mode == "NotReady":
        return _unready(world, pod, container, before, behaviour)
    if mode == "Hangs":
        return before if "running" in before["state"] else states.status(container, states.running())
    if mode == "Slow" and world.since("slow", pod["metadata"]["uid"]) < behaviour.seconds:
        return before if "running" in before["state"] else states.status(container, states.running())
    return None


def _unpulled(world: World, pod: JSON, container: JSON, before: JSON, behaviour: Behaviour) -> JSON:
    image, why = container["image"], states.pull_failure(container["image"], behaviour.message)
    reason = before["state"].get("waiting", {}).get("reason")
    if reason == "ImagePullBackOff":
        return before
    if reason == "ErrImagePull":
        world.event(pod, "Normal", "BackOff", f'Back-off pulling image "{image}"', KUBELET, container=container["name"])
        world.event(pod, "Warning", "Failed", "Error: ImagePullBackOff", KUBELET, container=container["name"])
        said = f'Back-off pulling image "{image}": ErrImagePull: {why}'
        return states.status(container, states.waiting("ImagePullBackOff", said))
    world.event(pod, "Normal", "Pulling", f'Pulling image "{image}"', KUBELET, container=container["name"])
    world.event(
        pod, "Warning", "Failed", f'Failed to pull image "{image}": {why}', KUBELET, container=container["name"]
    )
    world.event(pod, "Warning", "Failed", "Error: ErrImagePull", KUBELET, container=container["name"])
    return states.status(container, states.waiting("ErrImagePull", why))


def _crashed(world: World, pod: JSON, container: JSON, before: JSON, behaviour: Behaviour) -> JSON:
    """It runs, ends, and waits until it is started again; in a pod that restarts nothing it just ends."""
    code, reason = (137, "OOMKilled") if behaviour.mode == "OOMKilled" else (behaviour.exit_code, "")
    name, metadata, restarts = container["name"], pod["metadata"], before["restartCount"]
    ended = states.terminated(code, reason)
    if "waiting" in before["state"] and restarts:
        return before
    if "terminated" not in before["state"]:
        world.event(pod, "Normal", "Started", f"Started container {name}", KUBELET, container=container["name"])
        for previous in (False, True):
            world.logs.write(metadata["namespace"], metadata["name"], name, behaviour.log, previous=previous)
        return states.status(container, ended, restarts=restarts)
    if pod["spec"]["restartPolicy"] == "Never":
        return before
    said = states.back_off(pod, name, 1)
    where = f"{metadata['name']}_{metadata['namespace']}({metadata['uid']})"
    world.event(
        pod,
        "Warning",
        "BackOff",
        f"Back-off restarting failed container {name} in pod {where}",
        KUBELET,
        container=container["name"],
    )
    waits = states.waiting("CrashLoopBackOff", said)
    return states.status(container, waits, restarts=restarts + 1, last=before["state"])


def _unready(world: World, pod: JSON, container: JSON, before: JSON, behaviour: Behaviour) -> JSON:
    if "running" not in before["state"]:
        metadata = pod["metadata"]
        world.logs.write(metadata["namespace"], metadata["name"], container["name"], behaviour.log)
        return states.status(container, states.running())
    said = behaviour.message or "Readiness probe failed: HTTP probe failed with statuscode: 503"
    world.event(pod, "Warning", "Unhealthy", said, KUBELET, container=container["name"])
    return {**before, "ready": False}
