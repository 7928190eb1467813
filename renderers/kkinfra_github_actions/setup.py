"""How kkinfra gets there: as the repository says, which may hold kkinfra itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.step import run

if TYPE_CHECKING:
    from kkinfra_github_actions.step import Step

REQUIREMENTS = ".github/requirements.txt"
"""The repository's own file: `kkinfra[docker] @ ` and where it comes from, or `.[docker]` where it is kkinfra's."""

_HOME = "$RUNNER_TEMP/kkinfra"  # outside the repository, whose tree is clean when it is built


def set_up() -> Step:
    """A virtual environment, whose programs the steps after it find."""
    return run(
        "Set up kkinfra",
        f'python3 -m venv "{_HOME}"',
        f'"{_HOME}/bin/python" -m pip install --quiet --disable-pip-version-check --requirement {REQUIREMENTS}',
        f'echo "{_HOME}/bin" >> "$GITHUB_PATH"',
    )
