"""Looking at an environment in a cluster, and what a deploy would change there; nothing is changed by it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import labels, reference
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.applyset import ID, refuse_members_of_others, refuse_rename
from kkinfra.targets.kubernetes.plan.fingerprint import fingerprint
from kkinfra.targets.kubernetes.plan.live import Live, observe_set
from kkinfra.targets.kubernetes.plan.planning import ClusterPlan, Terms, plan
from kkinfra.targets.kubernetes.plan.unneeded_secrets import prunable_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.desired import Desired


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever deploys has asked for; times in seconds."""

    timeout: float = 180
    lock_wait: float = 0
    force: bool = False
    named: frozenset[str] = frozenset()
    """Claims, volumes and namespaces that may be pruned, as `persistentvolumeclaim/redis`."""


@dataclass(frozen=True, slots=True)
class Looking:
    """One environment in one cluster. Methods raise ClusterError and DeployError.

    `secrets` are the Secrets with their values, none where nobody has them, and `unneeded` those that the environment
    does not have any more.
    """

    api: Api
    desired: Desired
    secrets: Sequence[JSON] = ()
    wishes: Wishes = Wishes()
    unneeded: Sequence[JSON] = ()

    def look(self) -> Live:
        """The live state; raises DeployError where it belongs to another project or environment."""
        live = self.observed(self.desired)
        refuse_rename((each for each in live.objects.values() if ID in labels(each)), self.desired.parent())
        refuse_members_of_others(
            (there for each in self.desired.objects if (there := live.get(each))), self.desired.identity
        )
        return live

    def observed(self, wanted: Desired) -> Live:
        """The live state of what is wanted, whoever it belongs to."""
        objects = (*wanted.objects, *self.secrets, *self.unneeded)
        return observe_set(self.api, wanted.namespace, objects, wanted.parent(), wanted.identity)

    def plan(self) -> ClusterPlan:
        """What would be done."""
        return self.plan_of(self.desired, self.look())

    def drifted(self, live: Live) -> list[str]:
        """What is not as the release that served last has it, since somebody changed it in the cluster."""
        found = self.plan_of(self.desired, live)
        return [str(each.reference) for each in found.changes if each.fields and each.reference in found.as_deployed]

    def plan_of(
        self, wanted: Desired, live: Live, secrets: Sequence[JSON] | None = None, *, is_return: bool = False
    ) -> ClusterPlan:  # fmt: skip
        """The same, of other objects of the set, in a live state that is known, and with other Secrets.

        `is_return` is of a release that served before: nothing is migrated, so that no Job runs.
        """
        values = self.secrets if secrets is None else secrets
        last = history.last_served_among(live.objects.values())
        terms = Terms(self.wishes.force, self.wishes.named, history.finished_jobs(last))
        found = plan(self.api, wanted, values, live, terms)
        if is_return:
            changes = tuple(each for each in found.changes if each.reference.kind != "Job")
            found = replace(found, changes=changes, again=())
        if wanted is self.desired:
            pruned, kept = prunable_secrets(self.api, live, self.unneeded)
            found = replace(found, pruned=(*found.pruned, *pruned), kept=(*found.kept, *kept))
        served = {reference(each): each for each in last.objects} if last else {}
        as_deployed = frozenset(name for each in wanted.objects if served.get(name := reference(each)) == each)
        is_recorded = last is not None and len(as_deployed) == len(served) == len(wanted.objects)
        return replace(
            found, is_recorded=is_recorded, as_deployed=as_deployed, serving=last.number if last else 0,
            fingerprint=fingerprint(found, last, wanted.objects),
        )  # fmt: skip
