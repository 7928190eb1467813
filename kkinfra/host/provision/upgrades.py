"""Security upgrades that nobody has to think of; the machine is never rebooted by itself.

https://wiki.debian.org/UnattendedUpgrades ,
https://documentation.ubuntu.com/server/how-to/software/automatic-updates/ ; for Amazon Linux,
https://dnf.readthedocs.io/en/latest/automatic.html .
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.host.provision import upgrades_apt, upgrades_dnf

if TYPE_CHECKING:
    from kkinfra.host.provision.item import Item
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "security upgrades"


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Look for what upgrades, with the distribution's own means."""
    find_there = upgrades_apt.find if machine.distribution.manager == "apt" else upgrades_dnf.find
    return find_there(machine, wanted, NAME)
