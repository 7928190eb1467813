"""The one road to a process on the host: a list of arguments, no other input than is given, a timeout."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LAST_LINES = 20


@dataclass(frozen=True)
class Finished:
    """How a command ended: its exit code, and all of its standard output and standard error."""

    code: int
    output: str
    errors: str

    @property
    def said(self) -> str:
        """The last lines of what it said, errors last."""
        return "\n".join(f"{self.output}\n{self.errors}".strip().splitlines()[-_LAST_LINES:])


def run(
    argv: Sequence[str], *, seconds: float, variables: Mapping[str, str] | None = None, given: bytes | None = None
) -> Finished:
    """Run a command to its end; raises HostError where it cannot start or takes longer than so many seconds."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, and no shell
            list(argv), env={**os.environ, "LC_ALL": "C.UTF-8", **(variables or {})}, capture_output=True,
            timeout=seconds, check=False, input=b"" if given is None else given,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise HostError(f"`{' '.join(argv[:4])} ...` did not end within {seconds:g} s on the host") from None
    except OSError as error:
        raise HostError(f"{argv[0]} cannot be started on the host ({error.strerror})") from error
    return Finished(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def started(pid: int) -> str:
    """When a process was started, which tells it from a later one of the same number; empty where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def check(
    argv: Sequence[str], *, seconds: float, variables: Mapping[str, str] | None = None, given: bytes | None = None
) -> str:
    """The standard output of a command that ends with 0; raises HostError, with what it said last, otherwise."""
    done = run(argv, seconds=seconds, variables=variables, given=given)
    if done.code:
        raise HostError(f"`{' '.join(argv)}` exited with {done.code} on the host:\n{done.said}")
    return done.output
