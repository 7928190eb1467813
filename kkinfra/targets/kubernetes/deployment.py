"""A deploy to a cluster, and going back: planned, locked, applied, kept in the history, pruned."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError, KkinfraError
from kkinfra.targets.kubernetes import history
from kkinfra.targets.kubernetes.applyset import ID, refuse_members_of_others, refuse_rename
from kkinfra.targets.kubernetes.desired import members
from kkinfra.targets.kubernetes.kinds import BUILT_IN
from kkinfra.targets.kubernetes.lease import locked
from kkinfra.targets.kubernetes.live import Live, observe
from kkinfra.targets.kubernetes.objects import labels
from kkinfra.targets.kubernetes.planning import Plan, plan, secret_changes
from kkinfra.targets.kubernetes.rollout import Rollout, raise_together
from kkinfra.targets.kubernetes.secret_values import MANAGER
from kkinfra.targets.kubernetes.together import together
from kkinfra.targets.kubernetes.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.desired import Desired
    from kkinfra.targets.kubernetes.history import Release
    from kkinfra.targets.kubernetes.lease import Holder, Lock
    from kkinfra.targets.kubernetes.objects import JSON

_MAPS, _SECRETS = BUILT_IN["", "v1", "ConfigMap"], BUILT_IN["", "v1", "Secret"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever deploys has asked for; times in seconds."""

    timeout: float = 180
    lock_wait: float = 0
    force: bool = False
    named: frozenset[str] = frozenset()
    """Claims, volumes and namespaces that may be pruned, as `persistentvolumeclaim/redis`."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One environment in one cluster; `tell` hears what is done. Methods raise ClusterError and DeployError."""

    api: Api
    desired: Desired
    secrets: Sequence[JSON]
    wishes: Wishes
    tell: Callable[[str], None] = field(default=lambda _: None)

    def look(self) -> Live:
        """The live state; raises DeployError where it belongs to another project or environment."""
        parent = self.api.get(_MAPS, self.desired.namespace, self.desired.parent_name)
        live = observe(self.api, self.desired.namespace, self.desired.objects, parent, self.desired.identity)
        refuse_rename((each for each in live.objects.values() if ID in labels(each)), self.desired.parent())
        refuse_members_of_others(
            (there for each in self.desired.objects if (there := live.get(each))), self.desired.identity
        )
        return live

    def plan(self) -> Plan:
        """What would be done."""
        live = self.look()
        found = plan(self.api, self.desired, live, force=self.wishes.force, named=self.wishes.named)
        there = {
            name: self.api.get(_SECRETS, self.desired.namespace, name)
            for name in (each["metadata"]["name"] for each in self.secrets)
        }
        return found.with_secrets(secret_changes(there, self.secrets))

    def apply(self, shown: Plan, about: Release, who: Holder) -> Release:
        """Do what was shown; where it does not become healthy, go back to the release of before, and raise.

        Raises ClusterError, with nothing changed, where the cluster is not as it was shown any more.
        """
        for each in self.desired.namespaces:
            self.api.apply(each, force=self.wishes.force)
        with locked(self.api, self.desired.namespace, who, wait=self.wishes.lock_wait, tell=self.tell) as lock:
            if shown.changed != self.plan().changed and not _is_new(shown):
                raise ClusterError("the cluster has changed since the plan was made; nothing was changed; plan again")
            there = history.releases(self.api, self.desired.namespace)
            release = about.numbered(there[-1].number + 1 if there else 1, self.desired.objects)
            return self._run(lock, shown, release, there)

    def _run(self, lock: Lock, shown: Plan, release: Release, there: list[Release]) -> Release:
        began = time.monotonic()
        self._keep(release)
        try:
            self._bring(lock, shown)
        except (KkinfraError, KeyboardInterrupt) as error:
            said = str(error) or "interrupted"
            back = self._go_back(lock, history.last_served(there))
            self._keep(release.ended(history.FAILED, time.monotonic() - began, said))
            raise DeployError(f"{said}\n{back}") from error
        done = release.ended(history.DEPLOYED, time.monotonic() - began)
        self._keep(done)
        history.prune(self.api, self.desired.namespace, [*there, done])
        return done

    def _bring(self, lock: Lock, shown: Plan) -> None:
        live = self.look()
        gone = live.members(self.desired.identity)
        self.api.apply(self.desired.parent(tuple(gone)))
        self._push(lock)
        rollout = self._rollout(lock, self.desired)
        rollout.deploy(shown.changed)
        rollout.delete(live.objects[each.reference] for each in shown.pruned)
        kept = [live.objects[each.reference] for each in shown.kept]
        self.api.apply(self.desired.parent(tuple(kept)))

    def _push(self, lock: Lock) -> None:
        """The values of the secrets, before anything that reads them starts."""
        lock.require()
        if self.secrets:
            self.tell("putting the secrets there")
            raise_together(together(self._put, self.secrets))

    def _put(self, made: JSON) -> JSON | ClusterError:
        try:
            return self.api.apply(made, manager=MANAGER, force=self.wishes.force)
        except ClusterError as error:
            return error

    def _go_back(self, lock: Lock, before: Release | None) -> str:
        """Let the release of before serve again; returns what is said of it."""
        if before is None:
            return "there was no release before; what was applied stays, for you to look at; correct it, deploy again"
        self.tell(f"going back to release {before.number}")
        try:
            self.restore(lock, before)
        except KkinfraError as error:
            return f"and going back to release {before.number} failed as well: {error}"
        return f"release {before.number} serves again"

    def restore(self, lock: Lock, release: Release) -> None:
        """Let a release serve that served before: nothing is migrated, and no Job runs."""
        wanted = members(self.desired, release.objects)
        parent = self.api.get(_MAPS, wanted.namespace, wanted.parent_name)
        live = observe(self.api, wanted.namespace, wanted.objects, parent, wanted.identity)
        shown = plan(self.api, wanted, live, force=self.wishes.force)
        if shown.conflicts:
            raise_together(shown.conflicts)
        rollout = self._rollout(lock, wanted)
        rollout.restore(shown.changed)
        rollout.delete(live.objects[each.reference] for each in shown.pruned)

    def go_back(self, release: Release, about: Release, who: Holder) -> Release:
        """The verb `rollback`: under the lock, and with a line of its own in the history."""
        namespace = self.desired.namespace
        with locked(self.api, namespace, who, wait=self.wishes.lock_wait, tell=self.tell) as lock:
            there = history.releases(self.api, namespace)
            began = time.monotonic()
            self.restore(lock, release)
            done = about.numbered(there[-1].number + 1, release.objects).ended(
                history.ROLLED_BACK, time.monotonic() - began
            )
            self._keep(done)
            return done

    def _rollout(self, lock: Lock, wanted: Desired) -> Rollout:
        waiting = Waiting(self.api, wanted.namespace, self.wishes.timeout, self.tell, lock.require)
        return Rollout(self.api, wanted, lock, waiting, self.tell, self.wishes.force)

    def _keep(self, release: Release) -> None:
        history.write(self.api, self.desired.namespace, self.desired.project, release)


def _is_new(shown: Plan) -> bool:
    """A namespace that was made a moment ago changes what is created there."""
    return all(each.action == "create" for each in shown.changes)
