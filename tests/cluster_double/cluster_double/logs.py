"""Logs of pods' containers.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cluster_double.statuses import Refused, bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cluster_double.asked import Request
    from cluster_double.kinds import JSON

_Key = tuple[str, str, str, bool]  # namespace, pod, container, previous
_Written = tuple[str, str]
_POLL_SECONDS = 0.02


@dataclass(slots=True)
class Logs:
    """What containers have written, now and before they were restarted: times (RFC 3339) and lines."""

    written: dict[_Key, list[_Written]] = field(default_factory=dict)

    def write(
        self, namespace: str, pod: str, container: str, text: str, *, previous: bool = False, at: str = ""
    ) -> None:
        key = (namespace, pod, container, previous)
        for line in text.splitlines(keepends=True):
            self.written.setdefault(key, []).append((at or _now(), line))

    def read(self, pod: JSON, request: Request) -> str:
        """The text. Raises Refused (400) where the container is not named, is none of the pod's or has not started."""
        return "".join(_shown(each, request) for each in self._chosen(pod, request))

    def _chosen(self, pod: JSON, request: Request) -> list[_Written]:
        metadata, container = pod["metadata"], _container(pod, request)
        previous = request.is_set("previous")
        _refuse_unstarted(pod, container, previous=previous)
        found = list(self.written.get((metadata["namespace"], metadata["name"], container, previous), ()))
        since, tail = request.parameter("sinceTime"), request.parameter("tailLines")
        if since:
            found = [each for each in found if _moment(each[0]) >= _moment(since)]
        return found[-int(tail) :] if tail and int(tail) else [] if tail else found

    def follow(self, get: Callable[[], JSON], request: Request) -> Iterator[str]:
        """The text, and what is written from then on until the container ends; `get` gives the pod as it is."""
        pod = get()
        metadata, container = pod["metadata"], _container(pod, request)
        key = (metadata["namespace"], metadata["name"], container, False)
        yield self.read(pod, request)
        sent, runs = len(self.written.get(key, ())), True
        while runs:
            runs = _is_running(get, container)
            time.sleep(_POLL_SECONDS)
            new = self.written.get(key, [])[sent:]
            sent += len(new)
            yield "".join(_shown(each, request) for each in new)


def _container(pod: JSON, request: Request) -> str:
    container = request.parameter("container") or _only(pod)
    if container not in _names(pod, "containers") + _names(pod, "initContainers"):
        raise bad_request(f"container {container} is not valid for pod {pod['metadata']['name']}")
    return container


def _is_running(get: Callable[[], JSON], container: str) -> bool:
    try:
        status = get().get("status", {})
    except Refused:
        return False
    found = [*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])]
    return any(each["name"] == container and "running" in each["state"] for each in found)


def _shown(written: _Written, request: Request) -> str:
    return f"{written[0]} {written[1]}" if request.is_set("timestamps") else written[1]


def _now() -> str:
    """As a kubelet writes it (RFC3339NanoFixed)."""
    return f"{datetime.now(UTC).isoformat(timespec='microseconds')[:26]}000Z"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


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
