"""The clock: certificates, signatures and logs need it right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.host.provision import services
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "clock"
UNITS = (
    "systemd-timesyncd.service", "chrony.service", "chronyd.service", "ntpsec.service", "ntp.service", "ntpd.service",
    "openntpd.service",
)  # fmt: skip
_MEANS = {"apt": ("systemd-timesyncd", "systemd-timesyncd.service"), "dnf": ("chrony", "chronyd.service")}


def find(machine: ProvisionedMachine, _wanted: WantedHost) -> Item:
    """Look for a service that sets it; in a container none starts (ConditionVirtualization=!container)."""
    active = next((unit for unit in UNITS if services.is_active(unit)), "")
    if active:
        return Item(NAME, f"set by {active.partition('.')[0]}")
    if machine.is_container():
        return Item(NAME, "that of the machine that this container is on")
    package, unit = _MEANS[machine.distribution.manager]
    install = "" if machine.packages.is_installed(package) else f"install {package}, "
    return Item(NAME, "set by nobody", f"{install}start {unit.partition('.')[0]}", lambda: _apply(machine))


def _apply(machine: ProvisionedMachine) -> None:
    package, unit = _MEANS[machine.distribution.manager]
    if not machine.packages.is_installed(package):
        machine.packages.install(package)
    services.enable(unit)
