"""The job that builds the image and pushes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.checkout import checkout
from kkinfra_github_actions.comparison import compare
from kkinfra_github_actions.job import ARM_RUNNER, PUSH, RUNNER, job
from kkinfra_github_actions.registry import is_githubs_own, log_in
from kkinfra_github_actions.setup import set_up
from kkinfra_github_actions.step import expression, run
from kkinfra_github_actions.workflow import BRANCH

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.job import Job
    from kkinfra_github_actions.step import Step

IMAGE = "image"
"""The job's output: what was pushed, as REPOSITORY@sha256:..."""

ON_BRANCH = f"github.ref == 'refs/heads/{BRANCH}'"
"""Whoever starts a run by hand may choose another branch."""

_MINUTES = 45  # `kkinfra build` itself gives up after 30
_STEP = "build"
_READ_DIGEST = 'import json, sys; print(json.load(sys.stdin)["digest"] or sys.exit("nothing was pushed"))'


def build_job(environment: Environment) -> Job:
    """A registry's password is in an environment of its own, which nobody has to approve before a build."""
    own = is_githubs_own(environment)
    steps = [checkout(), set_up(), *compare(environment), log_in(environment), _build(environment)]
    return job(
        f"Build {environment.name}",
        _MINUTES,
        steps,
        PUSH if own else {},
        ARM_RUNNER if environment.platform.architectures == ("arm64",) else RUNNER,
        **{"if": ON_BRANCH},
        environment="" if own else f"{environment.name}-build",
        outputs={IMAGE: expression(f"steps.{_STEP}.outputs.{IMAGE}")},
    )


def _build(environment: Environment) -> Step:
    """The digest goes on to the other job: a tag may lead elsewhere by then."""
    return run(
        "Build the image and push it",
        f'kkinfra build {environment.name} --push -o json | tee "$RUNNER_TEMP/build.json"',
        f"image=$(python3 -c '{_READ_DIGEST}' < \"$RUNNER_TEMP/build.json\")",
        f'echo "{IMAGE}=$image" >> "$GITHUB_OUTPUT"',
        id=_STEP,
    )
