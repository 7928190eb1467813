"""The states of containers, as a kubelet with containerd writes them.

https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from cluster_double.controllers.world import now_text

if TYPE_CHECKING:
    from cluster_double.kinds import JSON


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def status(container: JSON, state: JSON, *, ready: bool = False, restarts: int = 0, last: JSON | None = None) -> JSON:
    """The status of one container."""
    started = "running" in state
    runs = started or "terminated" in state
    identity = f"containerd://{_digest(container['name'] + str(restarts))}" if runs else ""
    image = f"{container['image'].partition(':')[0]}@sha256:{_digest(container['image'])}" if runs else ""
    if "terminated" in state:
        state = {"terminated": {**state["terminated"], "containerID": identity}}
    found: JSON = {"name": container["name"], "image": container["image"], "imageID": image, "ready": ready}
    found |= {"restartCount": restarts, "started": started, "state": state, "lastState": last or {}}
    return found | ({"containerID": identity} if identity else {})


def waiting(reason: str, message: str = "") -> JSON:
    return {"waiting": {"reason": reason} | ({"message": message} if message else {})}


def running() -> JSON:
    return {"running": {"startedAt": now_text()}}


def terminated(code: int, reason: str = "", **more: Any) -> JSON:
    at = now_text()
    found = {"exitCode": code, "reason": reason or ("Completed" if code == 0 else "Error")}
    return {"terminated": found | {"startedAt": at, "finishedAt": at} | more}


def pull_failure(image: str, message: str) -> str:
    said = message or (
        f'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {image}: not found'
    )
    return f"rpc error: code = NotFound desc = {said}"


def back_off(pod: JSON, container: str, restarts: int) -> str:
    seconds = min(300, 10 * 2 ** max(0, restarts - 1))
    time = f"{seconds}s" if seconds < 60 else f"{seconds // 60}m{seconds % 60}s"
    metadata = pod["metadata"]
    return (
        f"back-off {time} restarting failed container={container} "
        f"pod={metadata['name']}_{metadata['namespace']}({metadata['uid']})"
    )
