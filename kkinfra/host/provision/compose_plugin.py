"""Docker Compose, as the plug-in of Docker's client: https://docs.docker.com/compose/install/linux/ .

Where the sources have no package of it, as with Debian 12 and Amazon Linux 2023
(https://github.com/amazonlinux/amazon-linux-2023/issues/186), whoever provisions brings the program along.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import versions
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "Docker Compose"
PLACE = "/usr/local/lib/docker/cli-plugins"
PLACES = (
    "/root/.docker/cli-plugins",
    PLACE,
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where Docker's client looks, in this order."""
PACKAGES = ("docker-compose-plugin", "docker-compose-v2", "docker-compose")
_SECONDS = 30
_SHOWN = 12


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Look for it; raises HostError where it is missing and there is no way to get it."""
    place = next((place for place in PLACES if machine.path(f"{place}/docker-compose").exists()), "")
    version = version_of(machine.path(f"{place}/docker-compose")) if place else ""
    found = f"{version or 'one that does not run'}, in {place}" if place else "none"
    if versions.is_at_least(version, versions.COMPOSE):
        return Item(NAME, found)
    offered = _offered(machine)
    if offered:
        install = f"install {offered} {machine.packages.offers[offered]}"
        return Item(NAME, found, install, lambda: machine.packages.install(offered))
    if not wanted.compose_sha256:
        raise HostError(_nowhere(found, wanted.compose_remedy))
    binary = Binary(machine, wanted.compose, wanted.compose_sha256)
    todo = f"put the given program into {PLACE} (SHA-256 {wanted.compose_sha256[:_SHOWN]}...)"
    return Item(NAME, found, todo, binary.apply, binary.check)


def _offered(machine: ProvisionedMachine) -> str:
    offers = machine.packages.offers
    return next((name for name in PACKAGES if versions.is_at_least(offers.get(name, ""), versions.COMPOSE)), "")


def _nowhere(found: str, remedy: str) -> str:
    told = f"; {remedy}" if remedy else ""
    least = versions.written(versions.COMPOSE)
    return (
        f"Docker Compose {least} or later is not on the host ({found}), and no source of packages there has it; either "
        f"give the program along (--compose FILE{told}), or add a source that has "
        f"docker-compose-plugin (https://docs.docker.com/engine/install/), or put the program into {PLACE} yourself"
    )


def version_of(program: Path) -> str:
    """The version that it says it is; empty where it does not run."""
    try:
        done = process.run([str(program), "version", "--short"], seconds=_SECONDS)
    except HostError:
        return ""
    return "" if done.code else done.output.strip().lstrip("v")


def _remove(staged: Path) -> None:
    """Leave nothing behind, not even the directories that were made for it."""
    staged.unlink()
    with suppress(OSError):
        staged.parent.rmdir()
        staged.parent.parent.rmdir()


@dataclass(frozen=True)
class Binary:
    """The program that came along, and what its SHA-256 was where it came from."""

    machine: ProvisionedMachine
    content: bytes
    sha256: str

    def check(self) -> None:
        """Lay it beside its place, where nobody looks, and let it say what it is; raises HostError."""
        if hashlib.sha256(self.content).hexdigest() != self.sha256:
            raise HostError(f"the program of Compose did not arrive intact (wanted SHA-256 {self.sha256}); try again")
        staged = self._staged()
        staged.parent.mkdir(parents=True, exist_ok=True)
        files.write(staged, self.content, 0o755)
        version = version_of(staged)
        if not versions.is_at_least(version, versions.COMPOSE):
            _remove(staged)
            least, says = versions.written(versions.COMPOSE), version or "nothing"
            raise HostError(f"--compose is no Docker Compose of {least} or later that runs there (it says: {says})")

    def apply(self) -> None:
        """Put it in its place by one rename."""
        self._staged().replace(self.machine.path(f"{PLACE}/docker-compose"))
        files.flush_directory(self.machine.path(PLACE))

    def _staged(self) -> Path:
        return self.machine.path(f"{PLACE}/.kkinfra-docker-compose")
