"""The verb `deploy` on a cluster: plan, show, ask, apply, wait."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from kkinfra.agreement import require_agreement
from kkinfra.deployer import from_revision, new_run, who
from kkinfra.output import emit, say
from kkinfra.pipeline import render, with_image
from kkinfra.progress import progress_for
from kkinfra.project import project_directory
from kkinfra.secret_mask import Mask
from kkinfra.secret_sources import read_secrets
from kkinfra.targets.kubernetes.api import connect
from kkinfra.targets.kubernetes.deployment import Deployment, Wishes
from kkinfra.targets.kubernetes.desired import desired_objects
from kkinfra.targets.kubernetes.history import Release
from kkinfra.targets.kubernetes.lease import Holder
from kkinfra.targets.kubernetes.plan_text import plan_lines
from kkinfra.targets.kubernetes.pruning import refuse_unknown
from kkinfra.targets.kubernetes.rollout import raise_together
from kkinfra.targets.kubernetes.secret_values import live_secrets, secret_objects
from kkinfra.targets.kubernetes.telling import Telling
from kkinfra.targets.kubernetes.unneeded_secrets import unneeded_secrets

if TYPE_CHECKING:
    import argparse

    from kkinfra.environment import Environment
    from kkinfra.secret import SecretText
    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.planning import Plan


def deploy_environment(options: argparse.Namespace, environment: Environment) -> int:
    """Deploy an environment by server-side apply; returns the exit code."""
    if options.image:
        environment = with_image(environment, options.image, "--image")
    values = {} if environment.secret_delivery else read_secrets(environment, project_directory(options.spec))
    with (
        connect(options.context or "") as api,
        progress_for(options) as progress,
        Telling(progress, Mask(values.values())) as telling,
    ):
        return _deploy(options, environment, values, api, telling)


def _deploy(
    options: argparse.Namespace, environment: Environment, values: dict[str, SecretText], api: Api, telling: Telling
) -> int:
    telling(f"looking at {environment.namespace} on {api.server}")
    telling.mask = Mask([*values.values(), *live_secrets(api, environment)])
    began, deployment = time.monotonic(), _deployment(options, environment, values, api, telling)
    plan = deployment.plan()
    refuse_unknown(options.prune, (*plan.pruned, *plan.kept))
    telling.pause()
    _show(options, environment, api, plan)
    raise_together(plan.conflicts)
    if options.dry_run or plan.is_done:
        _tell_nothing_done(options, plan, time.monotonic() - began)
        return 0
    if not plan.is_empty:
        require_agreement(options, f"deploy {environment.name} to context {api.context}?")
    told = who()
    revision = from_revision(options.spec)
    about = Release(0, (), str(environment.image), revision, told["who"], told.get("ci", ""), time.time())
    done = deployment.apply(
        plan, about, Holder(new_run(), told["who"], f"deploy of {environment.name}", told.get("ci", ""))
    )
    telling.pause()
    _tell_done(options, done)
    return 0


def _deployment(
    options: argparse.Namespace, environment: Environment, values: dict[str, SecretText], api: Api, telling: Telling
) -> Deployment:
    desired, secrets = desired_objects(environment, render(environment)), secret_objects(environment, values)
    wishes = Wishes(options.timeout, options.lock_wait, options.force_conflicts, frozenset(options.prune))
    return Deployment(api, desired, secrets, wishes, telling, telling.mask, unneeded_secrets(environment))


def _show(options: argparse.Namespace, environment: Environment, api: Api, plan: Plan) -> None:
    if options.format == "json":
        return
    say(options, f"{environment.name}: {environment.namespace} on {api.server} (context {api.context})")
    for line in plan_lines(plan, sys.stdout, everything=options.verbose):
        say(options, line)


def _tell_nothing_done(options: argparse.Namespace, plan: Plan, seconds: float) -> None:
    if options.format == "json":
        emit({**plan.as_json(), "deployed": None})
    else:
        say(options, f"  looked for {seconds:.1f} s")


def _tell_done(options: argparse.Namespace, done: Release) -> None:
    if options.format == "json":
        emit(done.facts())
    else:
        say(options, f"deployed release {done.number} in {done.seconds:.1f} s")
