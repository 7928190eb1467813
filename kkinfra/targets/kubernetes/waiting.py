"""Waiting until objects are ready, with a word for whoever waits, and the cause where they do not get there."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.kubernetes.failures import explain, wanted_logs
from kkinfra.targets.kubernetes.kinds import BUILT_IN
from kkinfra.targets.kubernetes.objects import part, reference
from kkinfra.targets.kubernetes.readiness import readiness
from kkinfra.targets.kubernetes.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.objects import JSON, Reference
    from kkinfra.targets.kubernetes.readiness import Readiness

WAITED_FOR = ("StatefulSet", "Deployment", "DaemonSet", "Job", "PersistentVolumeClaim", "Ingress")
_POLL_SECONDS = 1.0
_LOOK_SECONDS = 3.0
_LOG_LINES = 20
_POD, _EVENT = BUILT_IN["", "v1", "Pod"], BUILT_IN["", "v1", "Event"]
_HOPELESS = ("InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError")
_GRACE_SECONDS = 20.0


@dataclass(slots=True)
class Waiting:
    """What is waited for, for `seconds` at most; `tell` hears what it is at, `holds` raises where it must stop."""

    api: Api
    namespace: str
    seconds: float
    tell: Callable[[str], None]
    holds: Callable[[], None] = lambda: None
    _said: dict[Reference, str] = field(default_factory=dict["Reference", str])

    def until_ready(self, applied: Iterable[JSON]) -> None:
        """Return when all are ready; raises DeployError that says of each that is not why, and what to do."""
        waited = [each for each in applied if each["kind"] in WAITED_FOR]
        until = time.monotonic() + self.seconds
        while waited:
            self.holds()
            seen = [(found, readiness(found)) for found in self._look(waited)]
            failed = [found for found, state in seen if state.state == "failed"]
            waited = [found for found, state in seen if state.state == "progressing"]
            if failed or (waited and time.monotonic() > until):
                raise DeployError(self._why(failed or waited, late=not failed))
            self._say([pair for pair in seen if pair[1].state == "progressing"])
            if waited:
                time.sleep(_POLL_SECONDS)

    def _look(self, waited: Iterable[JSON]) -> list[JSON]:
        return [found for found in together(self._one, waited) if found is not None]

    def _one(self, wanted: JSON) -> JSON | None:
        metadata = wanted["metadata"]
        found = self.api.get(self.api.kind_of(wanted), metadata.get("namespace", ""), metadata["name"])
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
        after = f" after {self.seconds:.0f} s" if late else ""
        told = [f"{reference(each)} is not ready{after}\n" + indented(self.explain(each)) for each in unready]
        return "\n".join(told)

    def explain(self, unready: JSON) -> list[str]:
        """Why an object is not ready, from its pods, their events and logs."""
        pods = self.pods(unready)
        logs = dict(together(self._log, wanted_logs(pods)))
        events = self.api.list(_EVENT, self.namespace)
        return explain(unready, pods, events, logs)

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


def indented(lines: Iterable[str]) -> str:
    """Lines below another."""
    return "\n".join(f"  {line}" for each in lines for line in each.splitlines())
