"""The verb `rollback` where Argo CD delivers: what served before is committed once more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import say
from kkinfra.console.telling import telling_for
from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.gitops.argocd import updater
from kkinfra.targets.gitops.deploy import about_of, delivery_of, serving_of, show, tell_landed
from kkinfra.targets.gitops.git.history import before, entries, named
from kkinfra.targets.gitops.git.landing import Landed, land
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.gitops.git.rollback import CommittedRelease, Rollback
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.gitops.git.tree import compared, objects_in
from kkinfra.targets.kubernetes.client.api import connect_cluster

if TYPE_CHECKING:
    import argparse

    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.git.repository import Checkout

_PINS = 3


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Commit what served before once more, and hold Image Updater back; returns the exit code."""
    delivery = delivery_of(environment)
    with telling_for(options) as telling:
        telling(f"fetching the history of {delivery.branch} of {delivery.repository}")
        with cloned(delivery, history=True) as checkout:
            release = _release(options, environment, checkout, telling)
            return _roll_back(options, environment, checkout, release, telling)


def _release(
    options: argparse.Namespace, environment: Environment, checkout: Checkout, telling: Telling
) -> CommittedRelease:
    """What is gone back to; a rollback that was cut short is ended, and does not go back once more."""
    there = entries(checkout)
    mark = mark_in(checkout.directory)
    if options.release:
        target = named(there, options.release)
        if there[0].commit == target.commit:
            raise DeployError(f"{target.commit[:12]} is what serves; name an earlier commit")
    else:
        target = named(there, mark.to) if mark else before(there)
    telling.pause()
    if mark and not options.release:
        say(options, f"{environment.name} is {mark} already; to go back further, name a commit of `kkinfra history`")
    return CommittedRelease.at(checkout, target.commit, environment)


def _roll_back(
    options: argparse.Namespace,
    environment: Environment,
    checkout: Checkout,
    release: CommittedRelease,
    telling: Telling,
) -> int:
    change = compared(release.tree, checkout.directory)
    say(options, f"{environment.name}: back to {release.commit[:12]}, {release.image}")
    show(options, environment, checkout, change, str(release.image or ""))
    if options.dry_run:
        tell_landed(options, Landed(checkout.tip, is_new=False, change=change))
        return 0
    require_agreement(options, f"go back to {release.commit[:12]}?")
    telling("holding Image Updater back")
    held = _suspend(options, environment)
    landed = _land(options, environment, checkout, release, telling)
    telling.pause()
    tell_landed(options, landed)
    say(options, held, f"it stays so until `kkinfra resume {environment.name}`; the database was left as it is")
    return 0


def _suspend(options: argparse.Namespace, environment: Environment) -> str:
    """Before anything is pushed, since Image Updater would bring its own tag back; returns what is said of it."""
    delivery = delivery_of(environment)
    if delivery.image_updater is None:
        return "there is no Image Updater to hold back"
    try:
        with connect_cluster(options.context) as api:
            is_there = updater.suspend(api, str(delivery.argocd_namespace), environment.namespace)
    except ClusterError as error:
        raise ClusterError(
            f"Image Updater cannot be held back, and would undo a rollback: {error}\nnothing was changed",
            error.status, error.reason,
        ) from error  # fmt: skip
    return f"Image Updater {'holds still' if is_there else 'is not in the cluster, and was not held back'}"


def _land(
    options: argparse.Namespace,
    environment: Environment,
    checkout: Checkout,
    release: CommittedRelease,
    telling: Telling,
) -> Landed:
    """Once more where Image Updater, which was in the middle of it, has put its tag on top."""
    about = about_of(options, environment, "rollback", str(release.image or ""), release.commit)
    rollback = Rollback(environment, release, about, time.time())
    objects = objects_in(release.tree)
    for _ in range(_PINS):
        landed = land(checkout, rollback.write, telling)
        serving_of(options, environment, telling).follow(checkout, landed.commit, objects)
        checkout.renew()
        if rollback.holds(checkout):
            return landed
        telling("Image Updater has put its tag on top; once more")
    raise DeployError("somebody puts another tag on top of the rollback each time; see `kkinfra history`")
