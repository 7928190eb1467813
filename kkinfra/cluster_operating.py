"""The verbs `history`, `lock` and `rollback` on a cluster."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.agreement import require_agreement
from kkinfra.deployer import new_run, who
from kkinfra.errors import ClusterError
from kkinfra.output import emit, minute, say
from kkinfra.pipeline import render
from kkinfra.progress import progress_for
from kkinfra.secret_mask import Mask
from kkinfra.secret_needs import secret_needs
from kkinfra.targets.kubernetes import history, lease
from kkinfra.targets.kubernetes.api import connect
from kkinfra.targets.kubernetes.deployment import Deployment
from kkinfra.targets.kubernetes.desired import desired_objects
from kkinfra.targets.kubernetes.history import Release
from kkinfra.targets.kubernetes.looking import Wishes
from kkinfra.targets.kubernetes.secret_values import live_secrets
from kkinfra.targets.kubernetes.telling import Telling

if TYPE_CHECKING:
    import argparse

    from kkinfra.environment import Environment
    from kkinfra.targets.kubernetes.api import Api


def tell_history(options: argparse.Namespace, environment: Environment) -> int:
    """The releases that are kept, newest last."""
    with connect(options.context or "") as api:
        found = history.releases(api, environment.namespace)
    if options.format == "json":
        emit([each.facts() for each in found])
    elif not found:
        say(options, f"{environment.name}: nothing was deployed yet")
    else:
        last = history.last_served(found)
        for each in found:
            say(options, _entry(each, is_last=each is last))
    return 0


def _entry(release: Release, *, is_last: bool) -> str:
    at = minute(release.at)
    why = f": {release.why.splitlines()[0]}" if release.why else ""
    of = f" to {release.of}" if release.of else ""
    facts = " ".join(each for each in (release.image, release.revision, release.who, release.ci) if each)
    mark = "*" if is_last else " "
    return f"{mark} {release.number} {at} {release.result}{of} in {release.seconds} s  {facts}{why}"


def lock(options: argparse.Namespace, environment: Environment) -> int:
    """Who holds the lock; or take it away."""
    with connect(options.context or "") as api:
        held = lease.look(api, environment.namespace)
        if options.action == "release" and held:
            lease.take_away(api, environment.namespace)
            say(options, f"released; it was held by {held}")
            return 0
    if options.format == "json":
        emit({"held": held is not None, "holder": str(held) if held else ""})
    else:
        say(options, f"{environment.name} is locked by {held}" if held else f"{environment.name} is free")
    return 0


def rollback_environment(options: argparse.Namespace, environment: Environment) -> int:
    """Let a release serve again: the one before, or the one that is named."""
    with connect(options.context or "") as api, progress_for(options) as progress:
        there = history.releases(api, environment.namespace)
        release = _chosen(there, options.release)
        if options.format == "text":
            say(options, f"{environment.name}: back to release {release.number}, {release.image}")
        if options.dry_run:
            return 0
        require_agreement(options, f"go back to release {release.number}?")
        with Telling(progress, Mask(live_secrets(api, secret_needs(environment)))) as telling:
            done = _go_back(options, environment, api, release, telling)
            telling.pause()
    if options.format == "json":
        emit(done.facts())
    else:
        say(options, f"rolled back to {release.number} in {done.seconds:.1f} s; the database was left as it is")
    return 0


def _go_back(
    options: argparse.Namespace, environment: Environment, api: Api, release: Release, telling: Telling
) -> Release:
    wishes, told = Wishes(options.timeout, options.lock_wait), who()
    desired = desired_objects(environment, render(environment))
    about = Release(
        0, (), release.image, release.revision, told["who"], told.get("ci", ""), time.time(),
        of=release.of or release.number,
    )  # fmt: skip
    deployment = Deployment(api, desired, wishes=wishes, tell=telling, mask=telling.mask)
    holder = lease.Holder(new_run(), told["who"], f"rollback of {environment.name}", told.get("ci", ""))
    return deployment.go_back(release, about, holder)


def _chosen(there: list[Release], wanted: str | None) -> Release:
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
