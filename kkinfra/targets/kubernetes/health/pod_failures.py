"""Why a pod is not ready: from its conditions, its containers' states and its events.

States and their reasons: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states and
https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.events import events_of, latest, latest_warning, one_line
from kkinfra.targets.kubernetes.client.objects import condition, containers, holds, items, number, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.targets.kubernetes.client.objects import JSON

_IMAGE = {"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable"}
_CONFIG = {"CreateContainerConfigError", "CreateContainerError"}
_START = {"StartError", "ContainerCannotRun", "RunContainerError"}
_OF_RUNTIME = (
    r"rpc error: code = \w+ desc = "
    r'|(Back-off pulling|[Ff]ailed to (pull|resolve))[^"]*"{image}":\s*'
    r"|{image}: "
)
"""What comes before a registry's own words, and says nothing more."""

_ERRORED = "probe errored"  # it could not be asked, as of a command in a container that has ended
_MOUNT = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox")

_IMAGE_REMEDIES = (
    (r"toomanyrequests|\b429\b|rate limit", "the registry limits pulls: wait, or use an account there"),
    (r"unauthorized|denied|forbidden|authenticat|\b40[13]\b", "check the pull secret and what its account may read"),
    (r"not found|manifest unknown|no match for platform", "push it, for this platform too, or correct the tag"),
    (
        r"no such host|timeout|refused|unreachable|x509|\btls\b",
        "the node does not reach the registry: check its network",
    ),
    (r"invalid", "correct the name of the image"),
    (r"never", "put it onto the node, or let it be pulled"),
)
_SCHEDULING_REMEDIES = (
    (r"PersistentVolumeClaim", "see why the claim is not bound"),
    (r"Insufficient|Too many pods", "ask for less, or add nodes"),
    (r"taint", "make a node ready, or take its taint off"),
    (r"affinity|selector", "label a node as the pod asks for, or ask for less"),
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why, and what to do; `container` is empty where it is the whole pod."""

    text: str
    container: str = ""


def is_unready(pod: JSON) -> bool:
    """Whether there is something to explain: it neither serves nor is done, nor is it on its way out."""
    ready = holds(pod, "Ready") or part(pod, "status").get("phase") == "Succeeded"
    return not ready and "deletionTimestamp" not in part(pod, "metadata")


def causes(pod: JSON, events: Iterable[JSON]) -> list[Cause]:
    """Why a pod is not ready; `events` may be those of the whole namespace."""
    own = events_of(events, pod)
    status, scheduled = part(pod, "status"), condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        why = one_line(scheduled.get("message")) or latest(own, "FailedScheduling") or one_line(scheduled.get("reason"))
        return [Cause(f"no node takes it: {why}; {_remedy(why, _SCHEDULING_REMEDIES, 'see kubectl describe nodes')}")]
    found = [cause for each in _containers(pod) if (cause := _of_container(pod, *each, own))]
    if found or (status.get("reason") and status.get("phase") == "Failed"):
        return found or [Cause(f"{status['reason']}: {one_line(status.get('message'))}; see what its node lacks")]
    volumes = [each for each in own if "failed for volume" in str(each.get("message"))]
    mount = latest(volumes, *_MOUNT) or latest(own, *_MOUNT)
    if mount:
        return [Cause(f"cannot be set up: {mount}; {_missing(mount)}")]
    warning = latest_warning(own)
    return [Cause(f"has not started yet{f': {warning}' if warning else ''}; see kubectl describe pod")]


def started_logs(pod: JSON) -> Iterator[tuple[str, bool]]:
    """Containers that have logs which may tell why, and whether it is the log of the run before."""
    for status, _ in _containers(pod):
        name, state = str(status.get("name")), part(status, "state")
        if part(status, "lastState", "terminated"):
            yield name, True
        if "running" in state or part(state, "terminated").get("exitCode"):
            yield name, False


def _containers(pod: JSON) -> Iterator[tuple[JSON, bool]]:
    """Statuses of containers that are not as they should be, each with whether it is an init container."""
    for field, is_init in (("initContainerStatuses", True), ("containerStatuses", False)):
        for status in items(pod, "status", field):
            if not status.get("ready") and part(status, "state", "terminated").get("exitCode") != 0:
                yield status, is_init


def _of_container(pod: JSON, status: JSON, is_init: bool, events: list[JSON]) -> Cause | None:  # noqa: FBT001
    name, waiting = str(status.get("name")), part(status, "state", "waiting")
    reason, said = str(waiting.get("reason", "")), one_line(waiting.get("message"))
    text = ""
    if reason in _IMAGE:
        text = _image(status, reason, said, events)
    elif reason in _CONFIG:
        text = f"cannot be made: {said}; {_missing(said)}"
    elif _ended(status):
        text = _end(pod, status, events)
    elif "running" in part(status, "state"):
        text = "is still at work, and the pod waits for it" if is_init else _probe(name, events)
    return Cause(text, f"init container {name}" if is_init else f"container {name}") if text else None


def _image(status: JSON, reason: str, said: str, events: list[JSON]) -> str:
    image = str(status.get("image"))
    pulls = [each for each in events if each.get("reason") == "Failed" and image in str(each.get("message"))]
    told = said if reason != "ImagePullBackOff" or "ErrImagePull:" in said else latest(pulls, "Failed") or said
    words = re.sub(_OF_RUNTIME.format(image=re.escape(image)), "", told)
    return f"cannot pull {image}: {words or reason}; {_remedy(f'{reason} {words}', _IMAGE_REMEDIES, 'see its node')}"


def _missing(said: str) -> str:
    """What to do about something that a container names and that is not there."""
    if re.search(r"\b(secret|configmap|key)\b", said, re.IGNORECASE):
        return "put it into the cluster, or correct its name in the specification"
    if "runAsNonRoot" in said:
        return "give the image a USER that is a number other than 0"
    if re.search(r"\bnfs|mount", said):
        return "check that the server exports it to this node, and that the node can mount it"
    return "see kubectl describe pod"


def _ended(status: JSON) -> JSON:
    """How a container ended that should not have; empty where none did."""
    is_looping = part(status, "state", "waiting").get("reason") == "CrashLoopBackOff"
    for state in ("state", "lastState"):
        terminated = part(status, state, "terminated")
        if terminated and (terminated.get("exitCode") or is_looping):
            return terminated
    return {}


def _end(pod: JSON, status: JSON, events: list[JSON]) -> str:
    terminated, name = _ended(status), str(status.get("name"))
    reason = str(terminated.get("reason", ""))
    if reason == "OOMKilled":
        return (
            f"was killed at its memory limit of {_memory_limit(pod, name)} (OOMKilled); "
            "give it more memory in the specification, or find what takes it"
        )
    if reason in _START:
        return f"cannot start: {one_line(terminated.get('message'))}; correct its command, or the image"
    restarts, probe = number(status, "restartCount"), _said_by_probe(name, events)
    again = f" after {restarts} restarts" if restarts else ""
    killed = f", and its probe says: {probe}" if probe and _ERRORED not in probe else ""
    how = f"exit code {terminated.get('exitCode')} ({reason or 'no reason told'})"
    return f"ended with {how}{again}{killed}; see its last lines"


def _memory_limit(pod: JSON, name: str) -> str:
    named = (each for each in containers(part(pod, "spec")) if each.get("name") == name)
    return str(part(next(named, None), "resources", "limits").get("memory", "its node"))


def _said_by_probe(name: str, events: list[JSON]) -> str:
    """The newest answer of a probe; one that printed nothing ends with a colon, which leads nowhere."""
    return latest(events, "Unhealthy", container=name).rstrip(":")


def _probe(name: str, events: list[JSON]) -> str:
    said = _said_by_probe(name, events)
    if not said:
        return "runs, and is not ready; no probe has answered yet"
    return f"runs, and is not ready: {said}; see its last lines"


def _remedy(said: str, remedies: tuple[tuple[str, str], ...], otherwise: str) -> str:
    return next((remedy for words, remedy in remedies if re.search(words, said, re.IGNORECASE)), otherwise)
