"""Packages of Debian and Ubuntu, without a question: apt-get(8), apt-cache(8), dpkg(1)."""

from __future__ import annotations

import os
import re
import tempfile
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

OFFERED = ("docker.io", "docker-cli", "docker-compose-plugin", "docker-compose-v2", "docker-compose")
_LISTS = "var/lib/apt/lists"
_WAIT_SECONDS = 600
_STEP_SECONDS = 2
_ASK_SECONDS = 60
_UPDATE_SECONDS = 300
_INSTALL_SECONDS = 1200
_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "APT_LISTCHANGES_FRONTEND": "none", "NEEDRESTART_SUSPEND": "1"}
_GET = (
    "apt-get", "--yes", "--quiet", "--option=DPkg::Lock::Timeout=5", "--option=Acquire::Retries=3",
    "--option=DPkg::Use-Pty=0", "--option=Dpkg::Options::=--force-confdef", "--option=Dpkg::Options::=--force-confold",
)  # fmt: skip
_NO_CACHE = ("--option=Dir::Cache::pkgcache=", "--option=Dir::Cache::srcpkgcache=")
_LOCKED = ("Could not get lock", "Unable to acquire the dpkg frontend lock", "lock was locked by another process")
_HOLDER = re.compile(r"(?:held by process|another process with pid) (\d+(?: \([^)\n]*\))?)")


@dataclass
class Apt:
    """`apt`, which waits for whoever else installs at the moment, and says so."""

    tell: Callable[[str], None]
    root: Path = Path("/")
    _is_fresh: bool = field(default=False, init=False)

    @cached_property
    def offers(self) -> dict[str, str]:
        """What its sources have; a machine that never fetched their lists is asked with lists of this moment only."""
        if any((self.root / _LISTS).glob("*_Packages*")):
            return candidates(process.check(["apt-cache", *_NO_CACHE, "policy", *OFFERED], seconds=_ASK_SECONDS))
        with tempfile.TemporaryDirectory(dir=self.root / "var/tmp", prefix="kkinfra-lists-") as place:
            os.chmod(place, 0o755)  # noqa: PTH101, S103 - apt fetches as a user without rights
            return self._asked_privately(Path(place))

    def is_installed(self, name: str) -> bool:
        """Whether a package is there, and configured."""
        found = process.run(["dpkg-query", "--show", "--showformat=${db:Status-Status}", name], seconds=_ASK_SECONDS)
        return found.code == 0 and found.output == "installed"

    def install(self, *names: str) -> None:
        """Install packages with what they need and nothing that they only recommend; raises HostError."""
        if not self._is_fresh:
            self.tell("fetching the lists of packages")
            self._patiently((*_GET, "update"), _UPDATE_SECONDS)
            self._is_fresh = True
        self.tell(f"installing {', '.join(names)}")
        self._patiently((*_GET, "--no-install-recommends", "install", *names), _INSTALL_SECONDS)

    def interrupted(self) -> str:
        """The packages that dpkg was stopped amidst of."""
        audit = process.run(["dpkg", "--audit"], seconds=_ASK_SECONDS).output
        names = [line.split()[0] for line in audit.splitlines() if line.startswith(" ") and line.split()]
        if not names and any((self.root / "var/lib/dpkg/updates").glob("[0-9]*")):
            return "dpkg"
        return ", ".join(dict.fromkeys(names))

    def repair(self) -> None:
        """Configure what is unpacked, and fetch what that lacks (`dpkg --configure -a` cannot alone)."""
        try:
            self._patiently(("dpkg", "--configure", "-a", "--force-confdef", "--force-confold"), _INSTALL_SECONDS)
        except HostError as error:
            self.tell(f"{error}; trying `apt-get --fix-broken install`")
        self._patiently((*_GET, "--fix-broken", "install"), _INSTALL_SECONDS)

    def _asked_privately(self, place: Path) -> dict[str, str]:
        """Ask with a configuration like the machine's own, but that its lists are elsewhere and it has no hooks."""
        dumped = process.check(["apt-config", "dump"], seconds=_ASK_SECONDS)
        (place / "lists").mkdir()
        (place / "apt.conf").write_text(private_configuration(dumped, place))
        variables = {"APT_CONFIG": str(place / "apt.conf")}
        self.tell("fetching the lists of packages, to look into them only")
        update = process.run(["apt-get", "--quiet", "update"], seconds=_UPDATE_SECONDS, variables=variables)
        if update.code:
            raise HostError(f"the lists of packages cannot be fetched:\n{update.said}")
        policy = process.check(["apt-cache", "policy", *OFFERED], seconds=_ASK_SECONDS, variables=variables)
        if not candidates(policy):
            raise HostError(f"apt's sources offer no Docker engine; is `universe` among them?\n{update.said}")
        return candidates(policy)

    def _patiently(self, argv: Sequence[str], seconds: float) -> None:
        until, told = time.monotonic() + _WAIT_SECONDS, ""
        while True:
            done = process.run(argv, seconds=seconds, variables=_QUIET)
            if not done.code:
                return
            holder = lock_holder(done.output, done.errors)
            if not holder or time.monotonic() > until:
                raise HostError(f"`{' '.join(argv)}` exited with {done.code} on the host:\n{done.said}")
            if holder != told:
                self.tell(f"{holder} is installing; waiting for it, up to {_WAIT_SECONDS // 60} min")
            told = holder
            time.sleep(_STEP_SECONDS)


def candidates(policy: str) -> dict[str, str]:
    """By package, the version that would be installed, from what `apt-cache policy` says."""
    found: dict[str, str] = {}
    name = ""
    for line in policy.splitlines():
        if not line.startswith(" "):
            name = line.rstrip(":")
        elif line.strip().startswith("Candidate: ") and "(none)" not in line:
            found[name] = line.split()[1]
    return found


def lock_holder(output: str, errors: str) -> str:
    """Who has the lock, from what apt or dpkg says; empty where it is no lock that stops it."""
    if not any(complaint in errors for complaint in _LOCKED):
        return ""
    found = _HOLDER.findall(f"{output}\n{errors}")
    return f"process {found[-1]}" if found else "another process"


def private_configuration(dumped: str, place: Path) -> str:
    """What `apt-config dump` says, as the only configuration, with the lists in a directory and no caches or hooks."""
    kept = [
        line
        for line in dumped.splitlines()
        if not line.startswith(("APT::Update::", "Dir::Etc::parts", "Dir::Etc::main"))
    ]
    own = {
        "Dir::Etc::parts": "/dev/null", "Dir::Etc::main": "/dev/null", "Dir::State::lists": f"{place}/lists",
        "Dir::Cache::pkgcache": "", "Dir::Cache::srcpkgcache": "", "Acquire::Languages": "none",
    }  # fmt: skip
    return "\n".join([*kept, *(f'{name} "{value}";' for name, value in own.items()), ""])
