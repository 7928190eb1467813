"""The verb `rollback` on a cluster: a release that served before serves again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.secrets.needs import secret_needs
from kkinfra.system.deployer import new_run, who
from kkinfra.targets.kubernetes.apply.deployment import Deployment
from kkinfra.targets.kubernetes.client.together import refusal_of
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.desired import desired_objects, members
from kkinfra.targets.kubernetes.plan.looking import Looking, Wishes
from kkinfra.targets.kubernetes.plan.text import kept_notes, plan_changes
from kkinfra.targets.protocol.lock import LockHolder
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.plan.history import KeptRelease
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan
    from kkinfra.targets.kubernetes.session import ClusterSession


def plan(session: ClusterSession, wanted: str) -> Plan:
    """What going back would change: to the release that is named, or to the one before."""
    api, environment = session.api, session.environment
    release = _chosen(history.releases(api, environment.namespace), wanted)
    session.telling(f"looking at {environment.namespace} on {api.server}")
    looking = _looking(session)
    there = members(looking.desired, release.objects)
    found = looking.plan_of(there, looking.observed(there), (), is_return=True)
    return Plan(
        str(environment.name), "rollback", f"{environment.namespace} on {api.server} (context {api.context})",
        release.image, str(release.number), str(found.serving or ""), tuple(plan_changes(found)),
        (f"back to release {release.number}, {release.image}", *kept_notes(found)),
        problem=refusal_of(found.conflicts), fingerprint=found.fingerprint,
        question=f"go back to release {release.number}?", made=(release, found),
    )  # fmt: skip


def apply(session: ClusterSession, plan: Plan) -> Outcome:
    """Let it serve again, as far as the cluster has not changed since."""
    environment, told = session.environment, who()
    made: tuple[KeptRelease, ClusterPlan] = plan.made
    release, shown = made
    about = history.KeptRelease(
        0, (), release.image, release.revision, told["who"], told.get("ci", ""), time.time(),
        of=release.of or release.number,
    )  # fmt: skip
    deployment = Deployment.of(_looking(session), session.telling, session.mask(secret_needs(environment), {}))
    holder = LockHolder(about.who, f"rollback of {environment.name}", about.at, ci=about.ci, run=new_run())
    done = deployment.go_back(release, shown, about, holder)
    return Outcome(done.as_run(serves=True), "the database was left as it is")


def _looking(session: ClusterSession) -> Looking:
    options, desired = session.options, desired_objects(session.environment, session.wanted.tree)
    return Looking(session.api, desired, wishes=Wishes(options.healthy_within, options.lock_wait))


def _chosen(there: list[KeptRelease], wanted: str) -> KeptRelease:
    """The release to go back to; raises ClusterError where there is none."""
    served = [each for each in there if each.served]
    known = ", ".join(str(each.number) for each in served) or "none"
    if not wanted:
        found = history.before(there, served[-1].of or served[-1].number) if served else None
        if found is None:
            raise ClusterError(f"there is no release before this one to go back to; the history has: {known}")
        return found
    found = next((each for each in served if str(each.number) == wanted), None)
    if found is None:
        raise ClusterError(f"there is no release {wanted} that served; the history has: {known}")
    return found
