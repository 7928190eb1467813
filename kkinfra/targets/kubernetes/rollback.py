"""The verb `rollback` on a cluster: a release that served before serves again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.telling import telling_for
from kkinfra.errors import ClusterError
from kkinfra.rendering.pipeline import render
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.system.deployer import new_run, who
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.apply.deployment import Deployment
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.desired import desired_objects
from kkinfra.targets.kubernetes.plan.history import KeptRelease
from kkinfra.targets.kubernetes.plan.looking import Wishes
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Let a release serve again: the one before, or the one that is named."""
    with connect_cluster(options.context) as api:
        there = history.releases(api, environment.namespace)
        release = _chosen(there, options.release)
        say(options, f"{environment.name}: back to release {release.number}, {release.image}")
        if options.dry_run:
            return 0
        require_agreement(options, f"go back to release {release.number}?")
        with telling_for(options, Mask(live_secrets(api, secret_needs(environment)))) as telling:
            done = _go_back(options, environment, api, release, telling)
            telling.pause()
    told = f"rolled back to {release.number} in {done.seconds:.1f} s; the database was left as it is"
    emit_or_say(options, done.facts(), told)
    return 0


def _go_back(
    options: argparse.Namespace, environment: Environment, api: Api, release: KeptRelease, telling: Telling
) -> KeptRelease:
    wishes, told = Wishes(options.timeout, options.lock_wait), who()
    desired = desired_objects(environment, render(environment))
    about = KeptRelease(
        0, (), release.image, release.revision, told["who"], told.get("ci", ""), time.time(),
        of=release.of or release.number,
    )  # fmt: skip
    deployment = Deployment(api, desired, wishes=wishes, tell=telling, mask=telling.mask)
    holder = lock.Holder(new_run(), told["who"], f"rollback of {environment.name}", told.get("ci", ""))
    return deployment.go_back(release, about, holder)


def _chosen(there: list[KeptRelease], wanted: str | None) -> KeptRelease:
    """The release to go back to; raises ClusterError where there is none."""
    served = [each for each in there if each.served]
    known = ", ".join(str(each.number) for each in served) or "none"
    if wanted is None:
        found = history.before(there, served[-1].of or served[-1].number) if served else None
        if found is None:
            raise ClusterError(f"there is no release before this one to go back to; the history has: {known}")
        return found
    found = next((each for each in served if str(each.number) == wanted), None)
    if found is None:
        raise ClusterError(f"there is no release {wanted} that served; the history has: {known}")
    return found
