"""Logs of pods' containers.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cluster_double.statuses import bad_request

if TYPE_CHECKING:
    from cluster_double.asked import Request
    from cluster_double.kinds import JSON

_Key = tuple[str, str, str, bool]  # namespace, pod, container, previous


@dataclass(slots=True)
class Logs:
    """What containers have written, now and before they were restarted."""

    written: dict[_Key, str] = field(default_factory=dict)

    def write(self, namespace: str, pod: str, container: str, text: str, *, previous: bool = False) -> None:
        key = (namespace, pod, container, previous)
        self.written[key] = self.written.get(key, "") + text

    def read(self, pod: JSON, request: Request) -> str:
        """The text. Raises Refused (400) where the container is not named, is none of the pod's or has not started."""
        metadata = pod["metadata"]
        container = request.parameter("container") or _only(pod)
        if container not in _names(pod, "containers") + _names(pod, "initContainers"):
            raise bad_request(f"container {container} is not valid for pod {metadata['name']}")
        previous = request.is_set("previous")
        _refuse_unstarted(pod, container, previous=previous)
        text = self.written.get((metadata["namespace"], metadata["name"], container, previous), "")
        tail = request.parameter("tailLines")
        lines = text.splitlines(keepends=True)
        return "".join(lines[-int(tail) :] if tail and int(tail) else [] if tail else lines)


def _names(pod: JSON, key: str) -> list[str]:
    return [each["name"] for each in pod["spec"].get(key) or []]


def _only(pod: JSON) -> str:
    names, first = _names(pod, "containers"), _names(pod, "initContainers")
    default = (pod["metadata"].get("annotations") or {}).get("kubectl.kubernetes.io/default-container")
    if isinstance(default, str):
        return default
    if len(names) == 1 and not first:
        return names[0]
    message = (
        f"a container name must be specified for pod {pod['metadata']['name']}, choose one of: [{' '.join(names)}]"
    )
    raise bad_request(message + (f" or one of the init containers: [{' '.join(first)}]" if first else ""))


def _refuse_unstarted(pod: JSON, container: str, *, previous: bool) -> None:
    status = pod.get("status", {})
    found = [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]
    state = next((each for each in found if each["name"] == container), None)
    name = pod["metadata"]["name"]
    if previous:
        if not (state or {}).get("lastState", {}).get("terminated"):
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        return
    if state is None:
        raise bad_request(f'container "{container}" in pod "{name}" is not available')
    waiting = state["state"].get("waiting")
    if waiting and not state.get("lastState", {}).get("terminated"):
        raise bad_request(f'container "{container}" in pod "{name}" is waiting to start: {_why(waiting)}')


def _why(waiting: JSON) -> str:
    said = {"ErrImagePull": "image can't be pulled", "ImagePullBackOff": "trying and failing to pull image"}
    reason: str = waiting["reason"]
    return said.get(reason, reason)
