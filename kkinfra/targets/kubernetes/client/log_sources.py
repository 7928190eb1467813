"""Which containers have a log, and what became of those that have not: read from the state of pods.

States: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.events import one_line
from kkinfra.targets.kubernetes.client.objects import items, labels, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kkinfra.targets.kubernetes.client.objects import JSON

NAME = "app.kubernetes.io/name"
"""The label that says which part a pod is of."""

_STARTING = ("", "ContainerCreating", "PodInitializing")
_ENDED = "ended"


@dataclass(frozen=True, slots=True, order=True)
class LogPlace:
    """A container of a pod; `shown` is its name where the pod's own does not tell it from the pod's others."""

    part: str
    pod: str
    uid: str
    container: str
    shown: str


@dataclass(frozen=True, slots=True)
class Source:
    """A run of a container that has a log; with `has_previous` there is also that of the run before."""

    place: LogPlace
    run: str
    is_running: bool = True
    has_previous: bool = False


def sources(pods: Iterable[JSON]) -> list[Source]:
    """The containers that have started, init containers too.

    One that waits to be started again has the log of the run that ended, which is none before it then.
    """
    found: list[Source] = []
    for place, status in _containers(pods):
        state, last = part(status, "state"), part(status, "lastState", "terminated")
        has_run = "running" in state or "terminated" in state
        if has_run or last:
            run = str((status if has_run else last).get("containerID", ""))
            found.append(Source(place, run, "running" in state, bool(last) and has_run))
    return found


def states(pods: Iterable[JSON]) -> dict[LogPlace, str]:
    """What is to be said of each container; nothing of one that runs, or is about to."""
    return {place: _said(status) for place, status in _containers(pods)}


def news(before: Mapping[LogPlace, str], now: Mapping[LogPlace, str]) -> list[tuple[LogPlace, str]]:
    """What is told that was not so before, and which are not there any more."""
    told = [(place, said) for place, said in now.items() if said and said != before.get(place)]
    gone = [(place, "is gone") for place in before.keys() - now.keys() if not before[place].startswith(_ENDED)]
    return sorted((*told, *gone))


def is_unwell(said: str) -> bool:
    """Whether it is worth telling of a container that was in that state from the beginning."""
    return bool(said) and not said.startswith(f"{_ENDED} with exit code 0")


def _containers(pods: Iterable[JSON]) -> Iterator[tuple[LogPlace, JSON]]:
    for pod in pods:
        metadata, main = part(pod, "metadata"), items(pod, "status", "containerStatuses")
        made = str(labels(pod).get(NAME, "")), str(metadata.get("name")), str(metadata.get("uid"))
        for status in (*items(pod, "status", "initContainerStatuses"), *main):
            name = str(status.get("name"))
            shown = "" if len(main) == 1 and status is main[0] else name
            yield LogPlace(*made, name, shown), status


def _said(status: JSON) -> str:
    state = part(status, "state")
    waiting, ended = part(state, "waiting"), part(state, "terminated")
    if ended:
        return f"{_ENDED} with exit code {ended.get('exitCode')} ({ended.get('reason') or 'no reason told'})"
    reason = str(waiting.get("reason", ""))
    if reason in _STARTING:
        return ""
    last = part(status, "lastState", "terminated")
    if last:
        return f"{_ENDED} with exit code {last.get('exitCode')}, and waits to be started again ({reason})"
    said = one_line(waiting.get("message"))
    return f"has not started: {reason}{f': {said}' if said else ''}"
