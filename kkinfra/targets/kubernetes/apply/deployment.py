"""A deploy to a cluster, and going back: planned, locked, applied, kept in the history, pruned."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError, InterruptedRunError, KkinfraError
from kkinfra.targets.kubernetes.apply.left_runs import prune_left
from kkinfra.targets.kubernetes.apply.lock import locked
from kkinfra.targets.kubernetes.apply.rollout import ClusterRollout, apply_together
from kkinfra.targets.kubernetes.apply.waiting import Waiting
from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.client.together import raise_together
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.desired import members
from kkinfra.targets.kubernetes.plan.looking import Looking
from kkinfra.targets.kubernetes.plan.secret_values import SECRETS_MANAGER, own_values

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kkinfra.targets.kubernetes.apply.lock import Lock
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.desired import Desired
    from kkinfra.targets.kubernetes.plan.history import KeptRelease
    from kkinfra.targets.kubernetes.plan.live import Live
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan
    from kkinfra.targets.protocol.lock import LockHolder

_RETURN_SECONDS = 60.0
"""What a release that served has at least to serve again, however little patience there was with the new one."""


@dataclass(frozen=True, slots=True)
class Deployment(Looking):
    """The same, and changing it: `tell` hears what is done, `mask` takes secrets out of the words of others."""

    tell: Callable[[str], None] = field(default=lambda _: None)
    mask: Callable[[str], str] = str

    @classmethod
    def of(cls, looking: Looking, tell: Callable[[str], None], mask: Callable[[str], str]) -> Deployment:
        """What was looked at, to be changed."""
        return cls(looking.api, looking.desired, looking.secrets, looking.wishes, looking.unneeded, tell, mask)

    def apply(self, shown: ClusterPlan, about: KeptRelease, who: LockHolder) -> KeptRelease:
        """Do what was shown; where it does not become healthy, go back to the release of before, and raise.

        Raises ClusterError, with nothing changed, where the cluster is not as it was shown any more;
        InterruptedRunError, once the release of before serves again, where a person interrupted it.
        """
        self._make_namespace(shown)
        with locked(self.api, self.desired.namespace, who, wait=self.wishes.lock_wait, tell=self.tell) as lock:
            live = self.look()
            now = self.plan_of(self.desired, live)
            raise_together(now.conflicts)
            _refuse_changed(shown, now)
            there = history.releases(self.api, self.desired.namespace)
            return self._run(lock, now, live, about.numbered(history.next_number(there), self.desired.objects), there)

    def _make_namespace(self, shown: ClusterPlan) -> None:
        """The lock is in the namespace, so that has to be there first."""
        new = {each.reference for each in shown.changes if each.action == "create"}
        for each in self.desired.namespaces:
            if reference(each) in new:
                self.api.apply(each, force=self.wishes.force)

    def _run(
        self, lock: Lock, shown: ClusterPlan, live: Live, release: KeptRelease, there: list[KeptRelease]
    ) -> KeptRelease:
        began = time.monotonic()
        self._keep(release)
        try:
            self._bring(self._rollout(lock, self.desired, self.wishes.timeout), shown, live, self.secrets)
        except (KkinfraError, KeyboardInterrupt) as error:
            said = self.mask(str(error)) or "interrupted"
            back = self._go_back(lock, live, history.last_served(there), release)
            self._keep(release.ended(history.FAILED, time.monotonic() - began, said))
            kind = InterruptedRunError if isinstance(error, KeyboardInterrupt) else DeployError
            raise kind(f"{said}\n{back}") from error
        return self._done(release.ended(history.DEPLOYED, time.monotonic() - began), there)

    def _done(self, done: KeptRelease, there: Sequence[KeptRelease]) -> KeptRelease:
        self._keep(done)
        history.prune(self.api, self.desired.namespace, [*there, done])
        with suppress(ClusterError):  # the release serves, and the next deploy or run removes them, too
            prune_left(self.api, self.desired.namespace)
        return done

    def _bring(self, rollout: ClusterRollout, shown: ClusterPlan, live: Live, secrets: Sequence[JSON]) -> None:
        """Put the secrets there before anything that reads them starts, and delete what is not desired any more."""
        rollout.lock.require()
        self._claim(rollout.desired, live.members(rollout.desired.identity))
        changed = [each for each in secrets if reference(each) in shown.changed_secrets]
        if changed:
            self.tell("putting the secrets there")
            apply_together(self.api, changed, manager=SECRETS_MANAGER, force=self.wishes.force)
        rollout.bring(shown.changed, rollout.restarts(shown.restarted))
        rollout.delete(live.objects[each.reference] for each in shown.pruned)
        self._claim(rollout.desired, [live.objects[each.reference] for each in shown.kept])

    def _claim(self, wanted: Desired, also: Sequence[JSON]) -> None:
        """Let the set's parent name the kinds of all members, before they are there, and until they are gone."""
        self.api.apply(wanted.parent(tuple(also)), force=self.wishes.force)

    def _go_back(self, lock: Lock, live: Live, before: KeptRelease | None, failed: KeptRelease) -> str:
        """Let the release of before serve again, with the secrets that it had; returns what is said of it."""
        if before is None:
            return "there was no release before; what was applied stays, for you to look at; correct it, deploy again"
        there = [(each, was) for each in self.secrets if (was := live.get(each))]
        has_new_values = any(own_values(each, was)["data"] != each["data"] for each, was in there)
        if before.objects == failed.objects and not has_new_values:
            return f"release {before.number} is the same, so there is none to go back to"
        if lock.lost.is_set():
            return f"release {before.number} was not gone back to: the lock is not this deploy's any more"
        self.tell(f"going back to release {before.number}")
        try:
            self.restore(lock, before, [own_values(each, was) for each, was in there])
        except KkinfraError as error:
            return f"and going back to release {before.number} failed as well: {self.mask(str(error))}"
        return f"release {before.number} serves again"

    def restore(
        self, lock: Lock, release: KeptRelease, secrets: Sequence[JSON] = (), planned: ClusterPlan | None = None
    ) -> None:  # fmt: skip
        """Let a release serve that served before, as it was `planned`: nothing is migrated, and no Job runs."""
        lock.require()
        wanted = members(self.desired, release.objects)
        live = self.observed(wanted)
        shown = self.plan_of(wanted, live, [each for each in secrets if each["data"]], is_return=True)
        raise_together(shown.conflicts)
        if planned is not None:
            _refuse_changed(planned, shown)
        rollout = self._rollout(lock, wanted, max(self.wishes.timeout, _RETURN_SECONDS), is_return=True)
        self._bring(rollout, shown, live, secrets)

    def go_back(
        self, release: KeptRelease, shown: ClusterPlan, about: KeptRelease, who: LockHolder
    ) -> KeptRelease:  # fmt: skip
        """The verb `rollback`: under the lock, and with a line of its own in the history, however it ends."""
        with locked(self.api, self.desired.namespace, who, wait=self.wishes.lock_wait, tell=self.tell) as lock:
            self.look()
            there = history.releases(self.api, self.desired.namespace)
            begun, began = about.numbered(history.next_number(there), release.objects), time.monotonic()
            try:
                self.restore(lock, release, planned=shown)
            except (KkinfraError, KeyboardInterrupt) as error:
                said = self.mask(str(error)) or "interrupted"
                self._keep(begun.ended(history.FAILED, time.monotonic() - began, said))
                raise
            return self._done(begun.ended(history.ROLLED_BACK, time.monotonic() - began), there)

    def _rollout(self, lock: Lock, wanted: Desired, seconds: float, *, is_return: bool = False) -> ClusterRollout:
        waiting = Waiting(self.api, wanted.namespace, seconds, self.tell, lock.require, self.mask)
        rollout = ClusterRollout(self.api, wanted, lock, waiting, self.tell, self.wishes.force, is_return)
        waiting.meanwhile = rollout.free_stuck
        return rollout

    def _keep(self, release: KeptRelease) -> None:
        history.write(self.api, self.desired.namespace, self.desired.project, release)


def _refuse_changed(shown: ClusterPlan, now: ClusterPlan) -> None:
    """Raise ClusterError where the cluster is not as it was shown any more."""
    if now.fingerprint != shown.fingerprint:
        raise ClusterError("the cluster has changed since the plan was made; nothing was changed; plan again")
