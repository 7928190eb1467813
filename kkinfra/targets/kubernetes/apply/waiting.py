"""Waiting until objects are ready, with a word for whoever waits, and the cause where they do not get there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import containers, items, number, part, reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.health.failures import explain, wanted_logs
from kkinfra.targets.kubernetes.health.readiness import Readiness, readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference

WAITED_FOR = (
    "ExternalSecret", "SealedSecret", "StatefulSet", "Deployment", "DaemonSet", "Job", "PersistentVolumeClaim",
    "Ingress",
)  # fmt: skip
_POLL_SECONDS = 1.0
_LOOK_SECONDS = 3.0
_STUMBLES = 500
_LOG_LINES = 20
_POD, _EVENT = BUILT_IN["", "v1", "Pod"], BUILT_IN["", "v1", "Event"]
_HOPELESS = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
_UNPULLED = ("ErrImagePull", "ImagePullBackOff")
_GRACE_SECONDS = 20.0


@dataclass(slots=True)
class Waiting:
    """What is waited for, for `seconds` at most; `tell` hears what it is at, `holds` raises where it must stop.

    `mask` takes secrets out of what containers say; `meanwhile` may help an object along that is not ready yet.
    """

    api: Api
    namespace: str
    seconds: float
    tell: Callable[[str], None]
    holds: Callable[[], None] = lambda: None
    mask: Callable[[str], str] = str
    meanwhile: Callable[[JSON], None] = lambda _: None
    _said: dict[Reference, str] = field(default_factory=dict["Reference", str])

    def until_ready(self, applied: Iterable[JSON]) -> None:
        """Return when all are ready; raises DeployError that says of each that is not why, and what to do.

        A Job may take as long as it says itself. A server that is away for a while is waited for, too.
        """
        waited = [each for each in applied if each["kind"] in WAITED_FOR]
        began, looked = time.monotonic(), time.monotonic() + _GRACE_SECONDS
        while waited:
            self.holds()
            seen = self._look(waited, began)
            waited = [found for found, state in seen if state.state == "progressing"]
            self._refuse(seen, time.monotonic() - began)
            if waited and time.monotonic() >= looked:
                self._refuse_hopeless(waited, time.monotonic() - began)
                looked = time.monotonic() + _LOOK_SECONDS
            self._say([pair for pair in seen if pair[1].state == "progressing"])
            if waited:
                time.sleep(_POLL_SECONDS)

    def _look(self, waited: list[JSON], began: float) -> list[tuple[JSON, Readiness]]:
        """How far they are; as they were, and still progressing, where the server does not answer for now."""
        try:
            seen = [(found, readiness(found)) for found in together(self._one, waited)]
        except ClusterError as error:
            if (error.status and error.status < _STUMBLES) or time.monotonic() - began > self.seconds:
                raise
            self.tell(f"waiting for the server: {error}")
            return [(each, Readiness("progressing", "the server does not answer")) for each in waited]
        for found, state in seen:
            if state.state == "progressing":
                self.meanwhile(found)
        return seen

    def _refuse(self, seen: list[tuple[JSON, Readiness]], after: float) -> None:
        failed = [found for found, state in seen if state.state == "failed"]
        late = [found for found, state in seen if state.state == "progressing" and after > self._allowed(found)]
        if failed or late:
            raise DeployError(self._why(failed or late, late=not failed))

    def _allowed(self, found: JSON) -> float:
        """Seconds that an object may take: a Job may say so itself."""
        own = number(found, "spec", "activeDeadlineSeconds") if found["kind"] == "Job" else 0
        return max(self.seconds, float(own))

    def _refuse_hopeless(self, waited: list[JSON], after: float) -> None:
        """Waiting on does not help a container that cannot be made from what there is.

        An image may come yet; but the time that a Job may take for itself is for its work, not for that.
        """
        reasons = _HOPELESS if after < self.seconds else (*_HOPELESS, *_UNPULLED)
        hopeless = [each for each in waited if _waits_for(_new_pods(self.pods(each), each), reasons)]
        if hopeless:
            raise DeployError(self._why(hopeless, late=False))

    def _one(self, wanted: JSON) -> JSON:
        found = self.api.find(wanted)
        if found is None:
            raise DeployError(f"{reference(wanted)} was deleted by somebody while it was waited for")
        return found

    def _say(self, seen: list[tuple[JSON, Readiness]]) -> None:
        for found, state in seen:
            name = reference(found)
            if self._said.get(name) != state.why:
                self._said[name] = state.why
                self.tell(f"{name}: {state.why}")

    def _why(self, unready: list[JSON], *, late: bool) -> str:
        return "\n".join(
            f"{reference(each)} is not ready{f' after {self._allowed(each):.0f} s' if late else ''}\n"
            + indented(self.explain(each))
            for each in unready
        )

    def explain(self, unready: JSON) -> list[str]:
        """Why an object is not ready, from its pods, their events and logs."""
        pods = self.pods(unready)
        logs = dict(together(self._log, wanted_logs(pods)))
        events = self.api.list(_EVENT, self.namespace)
        return [self.mask(line) for line in explain(unready, pods, events, logs)]

    def _log(self, wanted: tuple[str, str, bool]) -> tuple[tuple[str, str, bool], str]:
        pod, container, previous = wanted
        return wanted, self.api.log(self.namespace, pod, container, previous=previous, lines=_LOG_LINES)

    def pods(self, of: JSON) -> list[JSON]:
        """The pods of a workload."""
        if of["kind"] == "Job":
            selector = f"batch.kubernetes.io/job-name={of['metadata']['name']}"
        else:
            match = part(of, "spec", "selector", "matchLabels")
            selector = ",".join(f"{name}={value}" for name, value in match.items())
        return self.api.list(_POD, self.namespace, selector) if selector else []


def _new_pods(pods: list[JSON], of: JSON) -> list[JSON]:
    """Those that were made from what their workload is now, and stay."""
    wanted = part(of, "spec", "template")
    return [each for each in pods if "deletionTimestamp" not in part(each, "metadata") and _is_made_from(each, wanted)]


def _is_made_from(pod: JSON, template: JSON) -> bool:
    """Whether a pod has a template's annotations, images and variables, beside what others may have put into it."""
    has, wanted = (part(each, "metadata", "annotations").items() for each in (pod, template))
    has_told = _told(pod)
    return wanted <= has and all(each in has_told for each in _told(template))


def _told(pod: JSON) -> list[tuple[object, ...]]:
    keys = ("name", "image", "env", "envFrom")
    return [tuple(each.get(key) for key in keys) for each in containers(part(pod, "spec"))]


def _waits_for(pods: list[JSON], reasons: tuple[str, ...]) -> bool:
    """Whether the newest pod waits for one of these."""
    if not pods:
        return False
    pod = max(pods, key=lambda each: str(part(each, "metadata").get("creationTimestamp")))
    states = [*items(pod, "status", "initContainerStatuses"), *items(pod, "status", "containerStatuses")]
    return any(part(each, "state", "waiting").get("reason") in reasons for each in states)


def indented(lines: Iterable[str]) -> str:
    """Lines below another."""
    return "\n".join(f"  {line}" for each in lines for line in each.splitlines())
