"""The job that plans the deployment, shows the plan, and applies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec import wiring
from kkinfra_github_actions import aws, secrets
from kkinfra_github_actions.build_job import IMAGE, ON_BRANCH
from kkinfra_github_actions.checkout import checkout
from kkinfra_github_actions.comparison import compare
from kkinfra_github_actions.job import IDENTITY, job
from kkinfra_github_actions.plan import apply, plan
from kkinfra_github_actions.setup import set_up
from kkinfra_github_actions.ssh import set_up_ssh
from kkinfra_github_actions.step import expression

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ssh
    from kkinfra_github_actions.job import Job
    from kkinfra_github_actions.step import Step

_MINUTES = 60


def deploy_job(environment: Environment, ssh: Ssh, built_by: str) -> Job:
    """GitHub starts it once the environment's protection rules are met, and gives out its secrets only then."""
    image = expression(f"needs.{built_by}.outputs.{IMAGE}") if built_by else ""
    steps: list[Step] = [
        checkout(),
        set_up(),
        *([] if built_by else compare(environment)),
        *secrets.files(environment),
        *aws.sign_in(environment),
        set_up_ssh(environment, ssh),
        plan(environment, image),
        apply(environment),
    ]
    return job(
        f"Deploy {environment.name}",
        _MINUTES,
        steps,
        IDENTITY if aws.is_needed(environment) else {},
        **{"if": ON_BRANCH},
        needs=built_by,
        environment={"name": environment.name, "url": _url(environment)},
    )


def _url(environment: Environment) -> str:
    encrypted = environment.tls is not None
    return f"http{'s' if encrypted else ''}://{wiring.authority(environment, encrypted=encrypted)}/"
