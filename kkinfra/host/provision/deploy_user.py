"""The user who deploys: one with a home, a shell, and the group that may ask the engine for anything.

https://docs.docker.com/engine/security/#docker-daemon-attack-surface : the group is as much as root is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.provision import accounts
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

GROUP = "docker"
SHELL = "/bin/bash"
_NO_SHELLS = ("nologin", "false")
_SECONDS = 60


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Look for the user, and for what the user lacks."""
    name = f"user {wanted.user}"
    if wanted.is_root:
        return Item(name, "there, as on every machine")
    account = accounts.account(wanted.user)
    if account is None:
        return Item(name, "none", f"make it, with a home, in group {GROUP}", User(machine, wanted.user).apply)
    todo: list[str] = []
    if account.shell.endswith(_NO_SHELLS):
        todo.append(f"give it the shell {SHELL}")
    if not machine.path(account.home).is_dir():
        todo.append(f"make its home {account.home}")
    if GROUP not in accounts.groups(wanted.user):
        todo.append(f"add it to group {GROUP}")
    return Item(name, f"there, with UID {account.uid}", ", ".join(todo), User(machine, wanted.user).apply)


@dataclass(frozen=True)
class User:
    """A user of a machine; each step may have been done before."""

    machine: ProvisionedMachine
    name: str

    def apply(self) -> None:
        """Make the user, or add what is missing."""
        account = accounts.account(self.name)
        if account is None:
            process.check(["useradd", "--create-home", "--shell", SHELL, self.name], seconds=_SECONDS)
            account = accounts.account(self.name)
        if account is None:
            return  # which the second look tells
        if account.shell.endswith(_NO_SHELLS):
            process.check(["usermod", "--shell", SHELL, self.name], seconds=_SECONDS)
        home = self.machine.path(account.home)
        if not home.is_dir():
            home.mkdir(parents=True, mode=0o750)
            os.chown(home, account.uid, account.gid)
        process.check(["usermod", "--append", "--groups", GROUP, self.name], seconds=_SECONDS)
