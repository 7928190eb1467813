"""The verb `resume`: an environment that was rolled back goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit, say
from kkinfra.console.progress import progress_for
from kkinfra.console.telling import Telling
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
    with progress_for(options) as progress, Telling(progress) as telling:
        telling(f"fetching {delivery.branch} of {delivery.repository}")
        with cloned(delivery) as checkout:
            mark = mark_in(checkout.directory)
            held = _is_suspended(options, environment)
            telling.pause()
            if options.format == "text":
                say(options, f"{environment.name} {f'is {mark}' if mark else 'is not rolled back'}")
            if options.dry_run or not (mark or held):
                return _tell_resumed(options, environment, resumed=False)
            require_agreement(options, f"resume {environment.name}?")
            about = about_of(options, environment, "resume", "")
            land(checkout, Resumption(environment, about).write, telling)
            if held:
                telling("letting Image Updater go on")
                with connect_cluster(options.context or "") as api:
                    updater.resume(api, str(delivery.argocd_namespace), environment.namespace)
    return _tell_resumed(options, environment, resumed=True)


def _is_suspended(options: argparse.Namespace, environment: Environment) -> bool:
    delivery = delivery_of(environment)
    if delivery.image_updater is None:
        return False
    with connect_cluster(options.context or "") as api:
        return updater.is_suspended(api, str(delivery.argocd_namespace), environment.namespace)


def _tell_resumed(options: argparse.Namespace, environment: Environment, *, resumed: bool) -> int:
    if options.format == "json":
        emit({"resumed": resumed})
    elif resumed:
        chosen = delivery_of(environment).image_updater
        tags = "Image Updater takes the newest tag when it looks next; " if chosen else ""
        say(options, f"resumed; {tags}`kkinfra deploy {environment.name}` brings what is rendered now")
    else:
        say(options, "nothing was changed")
    return 0
