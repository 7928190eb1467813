"""The one road to a process."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ProcessError

if TYPE_CHECKING:
    from kkinfra.command import Command


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: its exit code, and all of its standard output and standard error."""

    code: int
    output: str
    errors: str


def run(command: Command, *, seconds: float) -> Finished:
    """Run a command to its end, without standard input; raises ProcessError where it cannot start or takes longer.

    It speaks English (`LC_ALL=C`), since what it says may be recognised.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, and no shell
            command.argv, cwd=command.directory, env={**os.environ, "LC_ALL": "C"}, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`{command}` did not end within {seconds:g} s; see why by running it yourself") from None
    except OSError as error:
        program = command.argv[0]
        raise ProcessError(f"{program} cannot be started ({error.strerror}); install it, or add it to PATH") from error
    return Finished(done.returncode, done.stdout, done.stderr)
