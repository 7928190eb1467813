"""The verb `rollback` where Argo CD delivers: what served before is committed once more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.gitops.argocd import updater
from kkinfra.targets.gitops.argocd.serving import Serving
from kkinfra.targets.gitops.deploy import about_of, change_notes, outcome, place_of
from kkinfra.targets.gitops.git.history import before, entries, named
from kkinfra.targets.gitops.git.landing import land
from kkinfra.targets.gitops.git.rollback import CommittedRelease, Rollback
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.gitops.git.tree import compared, file_changes, objects_in
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from kkinfra.targets.gitops.git.landing import Landed
    from kkinfra.targets.gitops.git.repository import Checkout
    from kkinfra.targets.gitops.session import GitOpsSession
    from kkinfra.targets.protocol.outcome import Outcome

_PINS = 3


def plan(session: GitOpsSession, wanted: str) -> Plan:
    """What going back would commit: to a commit that is named, or to what served before.

    A rollback that was cut short is ended, and does not go back once more.
    """
    environment, delivery = session.environment, session.delivery
    session.telling(f"fetching the history of {delivery.branch} of {delivery.repository}")
    checkout = session.clone(history=True)
    there, mark = entries(checkout), mark_in(checkout.directory)
    meant = wanted or (mark.to if mark else "")
    target = named(there, meant) if meant else before(there)
    if wanted and there[0].commit == target.commit:
        raise DeployError(f"{target.commit[:12]} is what serves; name an earlier commit")
    release = CommittedRelease.at(checkout, target.commit, environment)
    change, image = compared(release.tree, checkout.directory), str(release.image or "")
    notes = [f"back to {release.commit[:12]}, {release.image}", *change_notes(environment, change, image)]
    if mark and not wanted:
        notes.insert(0, f"{environment.name} is {mark} already; to go back further, name a commit of `kkinfra history`")
    return Plan(
        str(environment.name), "rollback", place_of(checkout), image, release.commit, there[0].commit,
        tuple(file_changes(change)), tuple(notes), tree=release.tree.digest(), fingerprint=checkout.tree,
        question=f"go back to {release.commit[:12]}?",
    )  # fmt: skip


def apply(session: GitOpsSession, plan: Plan) -> Outcome:
    """Commit what served before once more, and hold Image Updater back."""
    environment, began = session.environment, time.time()
    session.telling(f"fetching the history of {session.delivery.branch} of {session.delivery.repository}")
    checkout = session.clone(history=True)
    release = CommittedRelease.at(checkout, plan.release, environment)
    session.telling("holding Image Updater back")
    held = _suspend(session)
    about = about_of(session, "rollback", plan.image, plan.release)
    landed = _land(session, checkout, Rollback(environment, release, about, began))
    stays = f"it stays so until `kkinfra resume {environment.name}`; the database was left as it is"
    return outcome(landed, about, "rolled back", began, held, stays)


def _suspend(session: GitOpsSession) -> str:
    """Before anything is pushed, since Image Updater would bring its own tag back; returns what is said of it."""
    delivery = session.delivery
    if delivery.image_updater is None:
        return "there is no Image Updater to hold back"
    try:
        is_there = updater.suspend(session.api, str(delivery.argocd_namespace), session.environment.namespace)
    except ClusterError as error:
        raise ClusterError(
            f"Image Updater cannot be held back, and would undo a rollback: {error}\nnothing was changed",
            error.status, error.reason,
        ) from error  # fmt: skip
    return f"Image Updater {'holds still' if is_there else 'is not in the cluster, and was not held back'}"


def _land(session: GitOpsSession, checkout: Checkout, rollback: Rollback) -> Landed:
    """Once more where Image Updater, which was in the middle of it, has put its tag on top."""
    objects = objects_in(rollback.release.tree)
    for _ in range(_PINS):
        landed = land(checkout, rollback.write, session.telling)
        Serving(session).follow(checkout, landed.commit, objects)
        checkout.renew()
        if rollback.holds(checkout):
            return landed
        session.telling("Image Updater has put its tag on top; once more")
    raise DeployError("somebody puts another tag on top of the rollback each time; see `kkinfra history`")
