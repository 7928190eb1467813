"""Git, as whoever deploys has set it up, without a word on how they sign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError, ProcessError
from kkinfra.system.command import Command
from kkinfra.system.process import Finished, run

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 60
NETWORK_SECONDS = 180

_GIT = ("env", "-u", "GIT_DIR", "-u", "GIT_WORK_TREE", "-u", "GIT_INDEX_FILE", "GIT_TERMINAL_PROMPT=0", "git")
"""It asks nobody (git(1), GIT_TERMINAL_PROMPT), and knows nothing of a repository whose hook may have called."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def git(directory: Path | str, *arguments: str, seconds: float = SECONDS) -> Finished:
    """Run Git; raises DeployError where it cannot be started or takes longer. What it says has no credentials."""
    try:
        done = run(Command((*_GIT, *arguments), str(directory)), seconds=seconds)
    except ProcessError as error:
        said = without_credentials(str(error).replace(" ".join(_GIT), "git"))
        raise DeployError(f"{said}; nothing more was done, and running the same once more is safe") from None
    return Finished(done.code, without_credentials(done.output), without_credentials(done.errors))


def answer(directory: Path | str, *arguments: str) -> str:
    """What Git answers, without the newline at its end; raises DeployError where it refuses."""
    done = git(directory, *arguments)
    if done.code:
        said = done.errors.strip() or f"exit code {done.code}"
        raise DeployError(f"`git {' '.join(arguments[:2])}` in the clone of the GitOps repository: {said}")
    return done.output.removesuffix("\n")


def without_credentials(text: str) -> str:
    """A text in which no address says who signs in, and with what."""
    return _CREDENTIALS.sub("", text)
