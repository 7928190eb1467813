"""dnf-automatic on Amazon Linux 2023, which never upgrades anything before `releasever` says `latest`.

https://docs.aws.amazon.com/linux/al2023/ug/deterministic-upgrades-usage.html : a machine stays at the release of its
image. With `latest`, and `upgrade_type = security`, it gets what has a security advisory and nothing else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kkinfra.host import files
from kkinfra.host.provision import services
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

PACKAGE, TIMER = "dnf-automatic", "dnf-automatic.timer"
FILE, RELEASE = "/etc/dnf/automatic.conf", "/etc/dnf/vars/releasever"
SETTINGS = {"upgrade_type": "security", "download_updates": "yes", "apply_updates": "yes"}
SECTION = "commands"
_HEAD = re.compile(r"\s*\[(.+?)\]")


def find(machine: ProvisionedMachine, _wanted: WantedHost, name: str) -> Item:
    """Look for the package, its settings, its timer, and the release that it upgrades to."""
    is_installed = machine.packages.is_installed(PACKAGE)
    before, release = machine.read(FILE), machine.read(RELEASE).strip()
    is_set = is_installed and with_settings(before, SECTION, SETTINGS) == before
    todo = [
        *([] if is_installed else [f"install {PACKAGE}"]),
        *([] if is_set else [f"have {FILE} apply what is for security"]),
        *([] if release else [f"follow the latest release ({RELEASE})"]),
        *services.missing(TIMER),
    ]
    pinned = f", pinned to {release}: later ones are not seen" if release not in {"", "latest"} else ""
    found = f"{'every day' if not todo else PACKAGE if is_installed else 'none'}{pinned}"
    return Item(name, found, ", ".join(todo), lambda: _apply(machine))


def with_settings(text: str, section: str, settings: dict[str, str]) -> str:
    """A file of sections with settings in one of them; every other line stays as it is."""
    found: list[str] = []
    left, here = dict(settings), ""
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head and here == section:
            found += _lines(left)
        here = head.group(1) if head else here
        name = line.partition("=")[0].strip()
        if here == section and "=" in line and name in settings:
            if name in left:
                found += _lines({name: left.pop(name)})
            continue
        found.append(line)
    if left:
        found += [*([] if here == section else [f"[{section}]"]), *_lines(left)]
    return "\n".join([*found, ""])


def _lines(settings: dict[str, str]) -> list[str]:
    """The settings as lines; they are taken out, since they are in place then."""
    lines = [f"{name} = {value}" for name, value in settings.items()]
    settings.clear()
    return lines


def _apply(machine: ProvisionedMachine) -> None:
    if not machine.read(RELEASE).strip():
        files.write(machine.path(RELEASE), b"latest\n")
    if not machine.packages.is_installed(PACKAGE):
        machine.packages.install(PACKAGE)
    files.write(machine.path(FILE), with_settings(machine.read(FILE), SECTION, SETTINGS).encode())
    services.enable(TIMER)
