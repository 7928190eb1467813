"""unattended-upgrades on Debian and Ubuntu, with a file of our own that is read after the distribution's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import services
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

PACKAGE = "unattended-upgrades"
FILE = "/etc/apt/apt.conf.d/99kkinfra-unattended-upgrades"
TIMERS = ("apt-daily.timer", "apt-daily-upgrade.timer")
ORIGINS = {
    "debian": ("origin=Debian,codename=${distro_codename}-security,label=Debian-Security",),
    "ubuntu": (
        "origin=${distro_id},archive=${distro_codename}",
        "origin=${distro_id},archive=${distro_codename}-security",
        "origin=${distro_id}ESMApps,archive=${distro_codename}-apps-security",
        "origin=${distro_id}ESM,archive=${distro_codename}-infra-security",
    ),
}
"""Those of the distributions' own 50unattended-upgrades that hold security upgrades, and Ubuntu's release as it was
published, which never changes and has what these may need."""
_LINES = """\
// Written by kkinfra: security upgrades, and no reboot that nobody asked for.
#clear Unattended-Upgrade::Allowed-Origins;
#clear Unattended-Upgrade::Origins-Pattern;
Unattended-Upgrade::Origins-Pattern {{
{origins}
}};
Unattended-Upgrade::Automatic-Reboot "false";
Unattended-Upgrade::Remove-Unused-Kernel-Packages "true";
APT::Periodic::Enable "1";
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
"""
_SECONDS = 30


def find(machine: ProvisionedMachine, _wanted: WantedHost, name: str) -> Item:
    """Look for the package, our file, and the timers that run it."""
    is_installed = machine.packages.is_installed(PACKAGE)
    is_written = machine.read(FILE) == content(machine.distribution.id)
    todo = [
        *([] if is_installed else [f"install {PACKAGE}"]),
        *([] if is_written else [f"write {FILE}"]),
        *services.missing(*TIMERS),
    ]
    found = "every day" if not todo else PACKAGE if is_installed else "none"
    return Item(name, found, ", ".join(todo), lambda: _apply(machine))


def content(distribution: str) -> str:
    """The file, for a distribution."""
    return _LINES.format(origins="\n".join(f'  "{origin}";' for origin in ORIGINS[distribution]))


def _apply(machine: ProvisionedMachine) -> None:
    if not machine.packages.is_installed(PACKAGE):
        machine.packages.install(PACKAGE)
    files.write(machine.path(FILE), content(machine.distribution.id).encode())
    done = process.run(["apt-config", "dump"], seconds=_SECONDS)
    if done.code:
        machine.path(FILE).unlink()
        raise HostError(f"apt does not read {FILE}, which is gone again: {done.said}")
    services.enable(*TIMERS)
