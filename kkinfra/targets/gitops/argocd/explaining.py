"""Why what Argo CD applied is not ready, from the cluster itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.apply.waiting import WAITED_FOR, Waiting
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.health.failures import explain
from kkinfra.targets.kubernetes.health.readiness import readiness

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON


@dataclass(frozen=True, slots=True)
class Explaining:
    """The workloads of an environment; what their containers print is told only where `shows` says so."""

    api: Api
    namespace: str
    objects: Sequence[JSON]
    shows: Callable[[], bool]

    def __call__(self) -> list[str]:
        """A line for each that is not ready, and what is known of the cause; none where nobody may look."""
        wanted = [each for each in self.objects if each["kind"] in WAITED_FOR]
        show = partial(self._one, self.shows())
        try:
            return [line for lines in together(show, wanted) for line in lines]
        except ClusterError:
            return []

    def _one(self, prints: bool, wanted: JSON) -> list[str]:  # noqa: FBT001
        found = self.api.find(wanted)
        if found is None:
            return []
        state = readiness(found)
        if state.state == "ready":
            return []
        causes = [line.replace("\n", "\n  ") for line in self._causes(found, prints=prints)]
        return [f"{reference(found)}: {state.why}", *(f"  {line}" for line in causes)]

    def _causes(self, found: JSON, *, prints: bool) -> list[str]:
        waiting = Waiting(self.api, self.namespace, 0, lambda _: None)
        if prints:
            return waiting.explain(found)
        events = self.api.list(BUILT_IN["", "v1", "Event"], self.namespace)
        return explain(found, waiting.pods(found), events, {})
