"""Packages of Amazon Linux 2023, without a question.

https://docs.aws.amazon.com/linux/al2023/ug/package-management.html , dnf(8)
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kkinfra.host import process

if TYPE_CHECKING:
    from collections.abc import Callable

OFFERED = ("docker", "docker-compose-plugin", "docker-compose")
_ASK_SECONDS = 300
_INSTALL_SECONDS = 1200


@dataclass
class Dnf:
    """`dnf`, which waits for whoever else installs at the moment by itself (`exit_on_lock` of dnf.conf(5))."""

    tell: Callable[[str], None]

    @cached_property
    def offers(self) -> dict[str, str]:
        """What its sources have; its cache and its log are left as they are."""
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="kkinfra-dnf-") as place:
            elsewhere = (f"--setopt=cachedir={place}", f"--setopt=logdir={place}")
            query = ("repoquery", "--latest-limit=1", "--queryformat=%{name} %{version}", *OFFERED)
            return listed(process.check(["dnf", "--quiet", *elsewhere, *query], seconds=_ASK_SECONDS))

    def is_installed(self, name: str) -> bool:
        """Whether a package is there."""
        return process.run(["rpm", "--query", name], seconds=_ASK_SECONDS).code == 0

    def install(self, *names: str) -> None:
        """Install packages; raises HostError."""
        self.tell(f"installing {', '.join(names)}")
        process.check(["dnf", "--assumeyes", "--quiet", "install", *names], seconds=_INSTALL_SECONDS)

    def interrupted(self) -> str:
        """Nothing: installing again is all that an interrupted transaction needs."""
        return ""

    def repair(self) -> None:
        """Nothing to repair."""


def listed(output: str) -> dict[str, str]:
    """By package, its version, from what `repoquery` was asked to print."""
    pairs = (line.split() for line in output.splitlines())
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}  # noqa: PLR2004
