"""What every workflow has, where it is, and how it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.values.yaml_text import document
from kkinfra_github_actions import checkout, job

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.spec.environment import Environment

Workflow = dict[str, Any]

CHECK, DEPLOY = "check", "deploy"
"""Of a pull request, and of what landed on the branch that is deployed."""

BRANCH = "main"
"""What lands here is deployed."""

_COMMENTS = {**checkout.COMMENTS, **job.COMMENTS}


def path(environment: Environment, verb: str) -> str:
    """Where a workflow is in the repository: several environments may share the directory."""
    return f".github/workflows/{verb}-{environment.name}.yaml"


def workflow(
    environment: Environment, verb: str, on: Mapping[str, Any], concurrency: Mapping[str, Any], jobs: Mapping[str, Any]
) -> Workflow:
    """A workflow whose jobs have no rights but those that they name.

    `KKINFRA_SPEC` is what the command reads; without a buffer, an error stands behind what was told before it.
    """
    return {
        "name": f"{verb.capitalize()} {environment.name}",
        "on": on,
        "permissions": {},
        "concurrency": concurrency,
        "env": {"KKINFRA_SPEC": environment.source, "PYTHONUNBUFFERED": "1"},
        "defaults": {"run": {"shell": "bash"}},
        "jobs": jobs,
    }


def text(made: Workflow) -> str:
    """The file; the text of a script holds none of the lines that get a comment."""
    return "".join(f"{line}{_comment(line)}\n" for line in document(made).splitlines())


def _comment(line: str) -> str:
    comment = _COMMENTS.get(line.strip())
    return f" # {comment}" if comment else ""
