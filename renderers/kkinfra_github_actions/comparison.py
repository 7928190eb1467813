"""Whether the workflow that runs is the one that the specification renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.step import run
from kkinfra_github_actions.workflow import CHECK, DEPLOY, path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.step import Step

_OUT = "$RUNNER_TEMP/rendered"


def compare(environment: Environment) -> Iterable[Step]:
    """Render beside the repository, and show what differs from the files that GitHub reads."""
    name = environment.name
    yield run(f"Render {name}", f'kkinfra render {name} --out "{_OUT}"')
    yield run(
        "Compare the workflows",
        "stale=",
        f"for workflow in {path(environment, CHECK)} {path(environment, DEPLOY)}; do",
        f'  diff --unified "$workflow" "{_OUT}/{name}/$workflow" || stale=1',
        "done",
        'if [[ -n "$stale" ]]; then',
        f'  echo "::error::The workflows of {name} are not as rendered:'
        f' kkinfra render {name} && cp -r build/{name}/.github ."',
        "  exit 1",
        "fi",
    )
