"""Trying out what nobody sees from outside: whether nodes mount the NFS export, and pull the product's image.

What is made for that is removed again, however it ends; what a run left that was killed, the next one removes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.needs.trial_objects import LABEL, NAME, Trial, outcome, takes_pods, why
from kkinfra.targets.protocol.needs import Need

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

_POD, _CLAIM = BUILT_IN["", "v1", "Pod"], BUILT_IN["", "v1", "PersistentVolumeClaim"]
_VOLUME, _NODE, _EVENT = (BUILT_IN["", "v1", kind] for kind in ("PersistentVolume", "Node", "Event"))
_NAMESPACE = BUILT_IN["", "v1", "Namespace"]
_POLL_SECONDS = 0.5
_GONE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Trying:
    """A trial in a cluster, for `seconds` at most; `tell` hears each step."""

    api: Api
    trial: Trial
    seconds: float
    tell: Callable[[str], None]

    @property
    def _namespace(self) -> str:
        return self.trial.environment.namespace

    def nodes(self) -> list[str]:
        """The nodes that take the product's pods; raises ClusterError where there is no namespace for trials yet."""
        if self.api.get(_NAMESPACE, "", self._namespace) is None:
            raise ClusterError(f"namespace {self._namespace} is not there yet, so nothing can be tried out in it")
        return sorted(each["metadata"]["name"] for each in self.api.list(_NODE) if takes_pods(each))

    def needs(self, nodes: list[str]) -> list[Need]:
        """Whether each node mounts the export, and the image is pulled; raises ClusterError where it is refused."""
        named = {f"{NAME}-mount-{number}": node for number, node in enumerate(nodes, 1)}
        self._remove()
        try:
            self.tell(f"trying out {self._namespace}: a pod on each of {len(nodes)} nodes")
            for made in (self.trial.volume(), self.trial.claim(), self.trial.pulling_pod()):
                self.api.create(made)
            for number, node in enumerate(nodes, 1):
                self.api.create(self.trial.mounting_pod(number, node))
            found = self._outcomes()
        finally:
            self.tell("removing what was tried out with")
            self._remove()
        return [self._need(name, named, problem) for name, problem in sorted(found.items())]

    def _outcomes(self) -> dict[str, str]:
        """The problem of each pod by its name, empty where there is none."""
        until, found = time.monotonic() + self.seconds, dict[str, str]()
        while True:
            pods, events = self._pods(), self.api.list(_EVENT, self._namespace)
            is_over = time.monotonic() > until
            for pod in pods:
                name, problem = str(pod["metadata"]["name"]), outcome(pod, events)
                if problem is None and is_over:
                    found[name] = f"not within {self.seconds:.0f} s: {why(pod, events)}"
                elif problem is not None:
                    found.setdefault(name, problem)
            if is_over or len(found) == len(pods):
                return found
            time.sleep(_POLL_SECONDS)

    def _need(self, name: str, nodes: dict[str, str], problem: str) -> Need:
        storage, image = self.trial.storage, self.trial.environment.image
        if name in nodes:
            said = f"{storage.server}:{storage.path} on {nodes[name]}"
            remedy = f"{problem} (nfs-common)" if problem else ""
            return Need(said, "not mounted" if problem else "mounted", remedy)
        return Need(f"pull of {image}", "not pulled" if problem else "pulled", problem)

    def _pods(self) -> list[JSON]:
        return self.api.list(_POD, self._namespace, f"{LABEL}={self._namespace}")

    def _remove(self) -> None:
        """Pods first: a claim stays until they are gone."""
        for pod in self._pods():
            self.api.delete(_POD, self._namespace, pod["metadata"]["name"])
        self.api.delete(_CLAIM, self._namespace, NAME)
        self.api.delete(_VOLUME, "", self.trial.volume_name)
        until = time.monotonic() + _GONE_SECONDS
        while self._pods() or self.api.get(_VOLUME, "", self.trial.volume_name):
            if time.monotonic() > until:
                raise ClusterError(
                    f"what was tried out with is still there after {_GONE_SECONDS:.0f} s; remove it: `kubectl "
                    f"--namespace {self._namespace} delete pod,pvc,pv --selector {LABEL}={self._namespace}`"
                )
            time.sleep(_POLL_SECONDS)
