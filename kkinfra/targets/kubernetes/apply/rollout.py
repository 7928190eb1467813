"""Applying a release rank by rank, waiting where what follows needs what came before, and going back.

Everything may be done again: a deployer that was killed leaves objects of which the next one applies the rest.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.kubernetes.client.api import MANAGER, suppress_status
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import labels, part, reference
from kkinfra.targets.kubernetes.client.together import raise_together, together
from kkinfra.targets.kubernetes.health.pod_failures import is_unready
from kkinfra.targets.kubernetes.health.readiness import is_observed, readiness
from kkinfra.targets.kubernetes.plan.ranks import ranks
from kkinfra.targets.kubernetes.plan.restarting import newest, reads, restart
from kkinfra.targets.kubernetes.plan.secret_values import SECRETS_MANAGER
from kkinfra.values.suggestions import few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kkinfra.targets.kubernetes.apply.lock import Lock
    from kkinfra.targets.kubernetes.apply.waiting import Waiting
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference
    from kkinfra.targets.kubernetes.plan.desired import Desired

_GONE_SECONDS = 60.0
_CONFLICT = 409
_POLL_SECONDS = 0.5
_LATER = ("PersistentVolumeClaim", "Ingress")
"""Waited for at the end: a claim may be bound by its first pod only, an address come from what is applied last."""


@dataclass(frozen=True, slots=True)
class ClusterRollout:
    """One release brought into the cluster; `tell` hears each step, `force` takes fields from other managers.

    `is_return` is for one that served before: no Job runs again, and only all of it is waited for.
    """

    api: Api
    desired: Desired
    lock: Lock
    waiting: Waiting
    tell: Callable[[str], None]
    force: bool = False
    is_return: bool = False

    def bring(self, changed: set[Reference], restarts: Mapping[Reference, JSON]) -> None:
        """Apply what changes, and wait until all is ready; raises DeployError, ClusterError."""
        wanted = [each for each in self.desired.objects if not (self.is_return and each["kind"] == "Job")]
        for rank in ranks(wanted):
            self._restart([restarts[name] for each in rank if (name := reference(each)) in restarts])
            self.apply([each for each in rank if reference(each) in changed])
            if not self.is_return:
                self.waiting.until_ready([each for each in rank if each["kind"] not in _LATER])
        self.waiting.until_ready([each for each in wanted if self.is_return or each["kind"] in _LATER])

    def restarts(self, names: Iterable[Reference]) -> dict[Reference, JSON]:
        """What makes these workloads start anew, from the Secrets as they are now."""
        made = {reference(each): each for each in self.desired.objects}
        wanted = {name: made[name] for name in names}
        kind = BUILT_IN["", "v1", "Secret"]
        secrets = {
            name: found
            for name in sorted({name for each in wanted.values() for name in reads(each)})
            if (found := self.api.get(kind, self.desired.namespace, name))
        }
        return {name: restart(each, newest(each, secrets)) for name, each in wanted.items()}

    def _restart(self, patches: Sequence[JSON]) -> None:
        if patches:
            self.lock.require()
            self.tell(f"restarting {few(str(reference(each)) for each in patches)}")
            apply_together(self.api, patches, manager=SECRETS_MANAGER, force=self.force)

    def apply(self, objects: Iterable[JSON]) -> list[JSON]:
        """Apply objects that need nothing of each other; raises ClusterError with every conflict there is."""
        made = list(objects)
        if not made:
            return []
        self.lock.require()
        names = few(str(reference(each)) for each in made)
        self.lock.phase(names)
        self.tell(f"applying {names}")
        for job in [each for each in made if each["kind"] == "Job"]:
            self._make_way(job)
        return apply_together(self.api, made, manager=MANAGER, force=self.force)

    def _make_way(self, job: JSON) -> None:
        """A Job that failed is run again only once it is gone: its template cannot be applied anew."""
        found = self.api.find(job)
        if found is not None and readiness(found).state == "failed":
            self.delete([found])
            self.until_gone(found)

    def delete(self, objects: Iterable[JSON]) -> None:
        """Delete these very objects: one that was made anew since it was read stays."""
        for each in objects:
            self.lock.require()
            metadata = each["metadata"]
            self.tell(f"deleting {reference(each)}")
            with suppress_status(_CONFLICT):
                self.api.delete(
                    self.api.kind_of(each), metadata.get("namespace", ""), metadata["name"], uid=metadata.get("uid", "")
                )

    def until_gone(self, found: JSON) -> None:
        """Wait until an object that was deleted is not there any more; raises DeployError after a minute."""
        until = time.monotonic() + _GONE_SECONDS
        while self.api.find(found):
            if time.monotonic() > until:
                raise DeployError(
                    f"{reference(found)} is still there {_GONE_SECONDS:.0f} s after it was deleted; "
                    "see its finalizers: something that should take them off does not run"
                )
            time.sleep(_POLL_SECONDS)

    def free_stuck(self, live: JSON) -> None:
        """Delete pods of a revision that is not wanted any more and never became ready (kubernetes#67250).

        A StatefulSet waits for them for ever, and takes no other template before they are gone.
        """
        if live["kind"] == "StatefulSet" and is_observed(live):
            self.delete(pod for pod in self.waiting.pods(live) if _is_stuck(pod, live))


def _is_stuck(pod: JSON, stateful: JSON) -> bool:
    wanted = part(stateful, "status").get("updateRevision")
    is_of_another = bool(wanted) and labels(pod).get("controller-revision-hash") != wanted
    return is_of_another and is_unready(pod)


def apply_together(api: Api, objects: Iterable[JSON], *, manager: str, force: bool) -> list[JSON]:
    """Apply objects side by side, all of them whatever becomes of each; raises as `raise_together` does."""

    def apply(made: JSON) -> JSON | ClusterError:
        try:
            return api.apply(made, manager=manager, force=force)
        except ClusterError as error:
            return error

    return raise_together(together(apply, objects))
