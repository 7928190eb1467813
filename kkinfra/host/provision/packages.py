"""Whether packages can be installed at all: one that was cut off has to be ended first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "packages"


def find(machine: ProvisionedMachine, _wanted: WantedHost) -> Item:
    """Look for what the package manager was stopped amidst of (`dpkg --audit`)."""
    manager = machine.distribution.manager
    interrupted = machine.packages.interrupted()
    if not interrupted:
        return Item(NAME, f"{machine.distribution.name}, {manager} is in order")
    return Item(NAME, f"installing was cut off: {interrupted}", "bring that to its end", machine.packages.repair)
