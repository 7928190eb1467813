"""The workflow that builds what landed on the branch, and deploys it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.build_job import build_job
from kkinfra_github_actions.deploy_job import deploy_job
from kkinfra_github_actions.workflow import BRANCH, DEPLOY, workflow

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ssh
    from kkinfra_github_actions.workflow import Workflow

_BUILD, _DEPLOY = "build", "deploy"


def deploy_workflow(environment: Environment, ssh: Ssh) -> Workflow:
    """One at a time, build and all, so that no older commit overtakes a newer one; none is cut off."""
    build = {} if environment.build is None else {_BUILD: build_job(environment)}
    return workflow(
        environment,
        DEPLOY,
        on={"push": {"branches": [BRANCH]}, "workflow_dispatch": {}},
        concurrency={"group": f"deploy-{environment.name}", "cancel-in-progress": False},
        jobs={**build, _DEPLOY: deploy_job(environment, ssh, built_by=_BUILD if build else "")},
    )
