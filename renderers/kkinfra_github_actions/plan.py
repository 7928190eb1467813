"""A plan that is shown, and then applied as it is: what was not shown does not happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions import aws, secrets
from kkinfra_github_actions.step import run

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.step import Step

_PLAN = '"$RUNNER_TEMP/plan.json"'
_SUMMARY = '"$GITHUB_STEP_SUMMARY"'
_FENCE = "~~~~"


def plan(environment: Environment, image: str) -> Step:
    """The plan, also in the run's summary; where there is none, the reason is."""
    what = ' --image "$KKINFRA_IMAGE"' if image else ""
    return run(
        "Plan, and change nothing",
        f"printf '### Plan for %s\\n\\n{_FENCE}text\\n' {environment.name} >> {_SUMMARY}",
        f"trap 'echo {_FENCE} >> {_SUMMARY}' EXIT",
        f"kkinfra deploy {environment.name}{what} --dry-run --save-plan {_PLAN} 2>&1 | tee --append {_SUMMARY}",
        env={**_secrets(environment), **({"KKINFRA_IMAGE": image} if image else {})},
    )


def apply(environment: Environment) -> Step:
    """That very plan."""
    return run(
        "Deploy what was planned",
        f"kkinfra deploy {environment.name} --plan {_PLAN} --yes",
        env=_secrets(environment),
    )


def _secrets(environment: Environment) -> dict[str, str]:
    return {**secrets.variables(environment), **aws.variables(environment)}
