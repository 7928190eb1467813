"""The directory of the releases: root's, since what is in there runs as root."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from kkinfra.host.errors import HostError
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

_MODE = 0o755
_FOR_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Look for it; raises HostError where something else is in its place."""
    name, path = wanted.directory, machine.path(wanted.directory)
    if not path.exists():
        return Item(name, "none", "make it, for root to write", lambda: _make(path))
    if not path.is_dir():
        raise HostError(f"{name} is there and no directory; move it away, or name another one (platform.directory)")
    facts = path.stat()
    if facts.st_uid or facts.st_mode & _FOR_OTHERS:
        found = f"of UID {facts.st_uid}, mode {facts.st_mode & 0o777:o}"
        return Item(name, found, f"give it to root, mode {_MODE:o}", lambda: _make(path))
    return Item(name, "there")


def _make(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    os.chown(path, 0, 0)
    path.chmod(_MODE)
