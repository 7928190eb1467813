"""The verb `resume` where Argo CD delivers: an environment that was rolled back goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kkinfra.difference.change import Change
from kkinfra.targets.gitops.argocd import updater
from kkinfra.targets.gitops.deploy import about_of, place_of
from kkinfra.targets.gitops.git.landing import land
from kkinfra.targets.gitops.git.rollback import Resumption
from kkinfra.targets.gitops.git.rolled_back import MARK, mark_in
from kkinfra.targets.gitops.git.tree import GIT
from kkinfra.targets.kubernetes.plan.text import CLUSTER
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.targets.gitops.session import GitOpsSession


def plan(session: GitOpsSession) -> Plan:
    """What is taken back of a rollback: its mark in Git, and that Image Updater holds still."""
    environment, delivery = session.environment, session.delivery
    session.telling(f"fetching {delivery.branch} of {delivery.repository}")
    checkout = session.clone()
    mark, held = mark_in(checkout.directory), _is_suspended(session)
    return Plan(
        str(environment.name), "resume", place_of(checkout), before=checkout.tip,
        changes=tuple(_changes(session, is_marked=mark is not None, is_held=held)),
        notes=(f"{environment.name} {f'is {mark}' if mark else 'is not rolled back'}",),
        fingerprint=f"{checkout.tree} {held}", question=f"resume {environment.name}?" if mark or held else "",
        is_done=not (mark or held), made=held,
    )  # fmt: skip


def _changes(session: GitOpsSession, *, is_marked: bool, is_held: bool) -> Iterator[Change]:
    if is_marked:
        yield Change(GIT, MARK, "remove")
    if is_held:
        yield Change(CLUSTER, f"imageupdater/{session.environment.namespace}", "change", note="chooses tags again")


def apply(session: GitOpsSession, plan: Plan) -> Outcome:
    """Let it go on: Image Updater chooses tags again."""
    environment, delivery, began = session.environment, session.delivery, time.time()
    about = about_of(session, "resume", "")
    landed = land(session.clone(), Resumption(environment, about).write, session.telling)
    if plan.made:
        session.telling("letting Image Updater go on")
        updater.resume(session.api, str(delivery.argocd_namespace), environment.namespace)
    tags = "Image Updater takes the newest tag when it looks next; " if delivery.image_updater else ""
    run = Run(
        landed.commit, "resume", "resumed", began, time.time() - began, revision=about.revision, who=about.who,
        ci=about.ci, serves=True,
    )  # fmt: skip
    return Outcome(run, f"{tags}`kkinfra deploy {environment.name}` brings what is rendered now")


def _is_suspended(session: GitOpsSession) -> bool:
    delivery = session.delivery
    return delivery.image_updater is not None and updater.is_suspended(
        session.api, str(delivery.argocd_namespace), session.environment.namespace
    )
