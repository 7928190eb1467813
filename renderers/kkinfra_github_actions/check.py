"""The workflow that checks a pull request, without any secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.checkout import checkout
from kkinfra_github_actions.comparison import compare
from kkinfra_github_actions.job import job
from kkinfra_github_actions.setup import set_up
from kkinfra_github_actions.step import expression, run
from kkinfra_github_actions.workflow import CHECK, workflow

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.workflow import Workflow

_MINUTES = 15


def check_workflow(environment: Environment) -> Workflow:
    """Only the newest state of a pull request is of interest."""
    name = environment.name
    steps = [checkout(), set_up(), run("Check the spec", f"kkinfra validate {name}"), *compare(environment)]
    return workflow(
        environment,
        CHECK,
        on={"pull_request": {}},
        concurrency={"group": f"check-{name}-{expression('github.ref')}", "cancel-in-progress": True},
        jobs={"check": job(f"Check {name}", _MINUTES, steps)},
    )
