"""The Docker engine: the distribution's package, unless there is one that is new enough."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import services, versions
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "Docker engine"
UNIT = "docker.service"
_PACKAGES = {"apt": "docker.io", "dnf": "docker"}
_CLIENT = "docker-cli"  # a package of its own since Debian 13
_NEEDS = 3 << 29
_ANSWER_SECONDS = 60
_SECONDS = 30


def find(machine: ProvisionedMachine, _wanted: WantedHost) -> Item:
    """Look for an engine; raises HostError where there is one that cannot be used, or none to be had."""
    program = machine.program("dockerd")
    if not program:
        return _absent(machine)
    said = process.check([program, "--version"], seconds=_SECONDS).strip()
    version = said.replace("Docker version ", "").split(",")[0]
    if not versions.is_at_least(version, versions.ENGINE):
        least = versions.written(versions.ENGINE)
        raise HostError(f"the host has Docker {version}, and {least} is the least; upgrade it, or remove it")
    todo = services.missing(UNIT)
    if not machine.program("docker"):
        todo.append(f"install {_CLIENT}")
    return Item(
        NAME, f"{version}{', running' if not todo else ''}", ", ".join(todo), ProvisionedEngine(machine, ()).apply
    )


def _absent(machine: ProvisionedMachine) -> Item:
    if machine.path("/snap/bin/docker").exists():
        remedy = "`sudo snap remove docker`, then this again"
        raise HostError(f"the host has Docker as a snap, which cannot read most directories; {remedy}")
    package = _PACKAGES[machine.distribution.manager]
    version = machine.packages.offers.get(package, "")
    if not versions.is_at_least(version, versions.ENGINE):
        least = versions.written(versions.ENGINE)
        raise HostError(f"no source of packages there has {package} {least} or later (found: {version or 'none'})")
    machine.refuse_full_disk("/var", _NEEDS, "Docker with the first images")
    names = _with_what_it_needs(machine, package)
    return Item(
        NAME, "none", f"install {package} {version}, start it with the machine", ProvisionedEngine(machine, names).apply
    )


def _with_what_it_needs(machine: ProvisionedMachine, package: str) -> tuple[str, ...]:
    """Its package, and those that it only recommends although it is of little use without."""
    if machine.distribution.manager != "apt":
        return (package,)
    has_apparmor = machine.read("/sys/module/apparmor/parameters/enabled").startswith("Y")
    return (
        package,
        "ca-certificates",
        *((_CLIENT,) if _CLIENT in machine.packages.offers else ()),
        *(("apparmor",) if has_apparmor else ()),
    )


@dataclass(frozen=True)
class ProvisionedEngine:
    """The engine of a machine, and the packages that bring it."""

    machine: ProvisionedMachine
    packages: tuple[str, ...]

    def apply(self) -> None:
        """Install it where it is not there, start it, and wait until it answers."""
        if self.packages:
            self.machine.packages.install(*self.packages)
        if not self.machine.program("docker"):
            self.machine.packages.install(_CLIENT)
        services.enable(UNIT)
        wait()


def wait() -> None:
    """Wait until the engine answers; raises HostError."""
    until = time.monotonic() + _ANSWER_SECONDS
    while (done := process.run(["docker", "version", "--format", "{{.Server.Version}}"], seconds=_SECONDS)).code:
        if time.monotonic() > until:
            raise HostError(f"the Docker engine does not answer after {_ANSWER_SECONDS} s: {done.said}")
        time.sleep(0.5)
