"""The verb `resume` where Argo CD delivers: an environment that was rolled back goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.telling import telling_for
from kkinfra.targets.gitops.argocd import updater
from kkinfra.targets.gitops.deploy import about_of, delivery_of
from kkinfra.targets.gitops.git.landing import land
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.gitops.git.rollback import Resumption
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.kubernetes.client.api import connect_cluster

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Let an environment that was rolled back go on: Image Updater chooses tags again; returns the exit code."""
    delivery = delivery_of(environment)
    with telling_for(options) as telling:
        telling(f"fetching {delivery.branch} of {delivery.repository}")
        with cloned(delivery) as checkout:
            mark = mark_in(checkout.directory)
            held = _is_suspended(options, environment)
            telling.pause()
            say(options, f"{environment.name} {f'is {mark}' if mark else 'is not rolled back'}")
            if options.dry_run or not (mark or held):
                emit_or_say(options, {"resumed": False}, "nothing was changed")
                return 0
            require_agreement(options, f"resume {environment.name}?")
            about = about_of(options, environment, "resume", "")
            land(checkout, Resumption(environment, about).write, telling)
            if held:
                telling("letting Image Updater go on")
                with connect_cluster(options.context) as api:
                    updater.resume(api, str(delivery.argocd_namespace), environment.namespace)
    tags = "Image Updater takes the newest tag when it looks next; " if delivery.image_updater else ""
    told = f"resumed; {tags}`kkinfra deploy {environment.name}` brings what is rendered now"
    emit_or_say(options, {"resumed": True}, told)
    return 0


def _is_suspended(options: argparse.Namespace, environment: Environment) -> bool:
    delivery = delivery_of(environment)
    if delivery.image_updater is None:
        return False
    with connect_cluster(options.context) as api:
        return updater.is_suspended(api, str(delivery.argocd_namespace), environment.namespace)
