"""The keys that let somebody in as the user who deploys: those that were brought, else those of who came; none goes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import accounts, authorized_keys
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.provision.accounts import Account
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "SSH keys"
FILE = ".ssh/authorized_keys"
_SECONDS = 30


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Compare the keys that get in with those that should; raises HostError where there is none at all."""
    account = accounts.account(wanted.user)
    there = "" if account is None else machine.read(f"{account.home}/{FILE}")
    count = len(authorized_keys.usable(there))
    keys = wanted.keys or (() if count else _of_who_came(machine, wanted))
    if not keys and not count:
        remedy = f"bring one (--key FILE.pub), since {wanted.came_as} has none either"
        raise HostError(f"no key is known that would let {wanted.user} in: {remedy}")
    added = authorized_keys.missing(there, keys)
    todo = f"add {', '.join(_shown(key) for key in added)}" if added else ""
    return Item(NAME, f"{count} of {wanted.user}" if count else "none", todo, Keys(machine, wanted.user, added).apply)


def _of_who_came(machine: ProvisionedMachine, wanted: WantedHost) -> tuple[str, ...]:
    account = accounts.account(wanted.came_as)
    return () if account is None else authorized_keys.usable(machine.read(f"{account.home}/{FILE}"))


def _shown(key: str) -> str:
    """Its comment, else its end, which is different for every key."""
    kind, _, rest = key.partition(authorized_keys.identity(key))[1].partition(" ")
    comment = key.partition(rest)[2].strip()
    return comment or f"{kind} ...{rest[-8:]}"


@dataclass(frozen=True)
class Keys:
    """Keys for a user of a machine."""

    machine: ProvisionedMachine
    user: str
    keys: tuple[str, ...]

    def apply(self) -> None:
        """Add them; sshd reads the file only where nobody else may write it (StrictModes of sshd_config(5))."""
        account = accounts.account(self.user)
        if account is None:
            raise HostError(f"there is no user {self.user}")
        file = self.machine.path(f"{account.home}/{FILE}")
        if file.parent.is_symlink() or file.is_symlink():
            raise HostError(f"{file} is a symbolic link, and is not followed; put the keys in there yourself")
        self._directory(account, file.parent)
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        files.write(file, authorized_keys.with_keys(before, self.keys).encode(), 0o600)
        os.chown(file, account.uid, account.gid)
        if program := self.machine.program("restorecon"):  # SELinux, where there is any
            process.run([program, "-R", str(file.parent)], seconds=_SECONDS)

    def _directory(self, account: Account, directory: Path) -> None:
        if not directory.is_dir():
            directory.mkdir(mode=0o700)
            os.chown(directory, account.uid, account.gid)
