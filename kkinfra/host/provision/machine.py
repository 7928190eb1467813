"""The host: its files, its distribution, its package manager, and somebody who listens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import distribution
from kkinfra.host.provision.apt import Apt
from kkinfra.host.provision.dnf import Dnf

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.host.provision.distribution import Distribution

_PLACES = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_RELEASES = ("etc/os-release", "usr/lib/os-release")  # os-release(5)
_GIBIBYTE = 1 << 30
_SECONDS = 30


@dataclass(frozen=True)
class ProvisionedMachine:
    """A machine whose files are below `root`."""

    distribution: Distribution
    packages: Apt | Dnf
    tell: Callable[[str], None]
    root: Path = Path("/")

    def path(self, name: str) -> Path:
        """A file of the machine, by its absolute name there."""
        return self.root / name.lstrip("/")

    def read(self, name: str) -> str:
        """The text of a file; empty where there is none."""
        try:
            return self.path(name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""

    def program(self, name: str) -> str:
        """Where a program is, or nothing."""
        return next((f"{place}/{name}" for place in _PLACES if self.path(f"{place}/{name}").exists()), "")

    def is_container(self) -> bool:
        """Whether it shares its kernel with another machine (systemd-detect-virt(1))."""
        return process.run(["systemd-detect-virt", "--container", "--quiet"], seconds=_SECONDS).code == 0

    def refuse_full_disk(self, place: str, size: int, what: str) -> None:
        """Raise HostError where a directory's file system has not so many bytes to spare."""
        facts = os.statvfs(self.path(place))
        free = facts.f_bavail * facts.f_frsize
        if free < size:
            needed, there = f"{size / _GIBIBYTE:.1f}", f"{free / _GIBIBYTE:.1f}"
            raise HostError(f"{what} needs {needed} GiB free in {place}, and {there} GiB are; make room, or add a disk")


def recognise(tell: Callable[[str], None], root: Path = Path("/")) -> ProvisionedMachine:
    """The machine that this runs on; raises HostError where it is not of a kind that is known."""
    there = next((root / name for name in _RELEASES if (root / name).exists()), root / _RELEASES[0])
    found = distribution.recognised(there.read_text(encoding="utf-8"))
    if not (root / "run/systemd/system").is_dir():
        raise HostError(f"the host runs {found.name} without systemd; kkinfra needs it (sd_booted(3))")
    packages = Apt(tell, root) if found.manager == "apt" else Dnf(tell)
    return ProvisionedMachine(found, packages, tell, root)
