"""What lets the user who deploys become root without a password: sudoers(5).

A name with a dot is none that sudo reads, so a file that is being written never counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "sudo"
MODE = 0o440
_CANDIDATE = "/run/kkinfra-sudoers"
_SECONDS = 30


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Look for the rule, and for sudo."""
    if wanted.is_root:
        return Item(NAME, "root needs none")
    rule = Rule(machine, wanted.user)
    has_sudo = bool(machine.program("sudo"))
    todo = [] if has_sudo else ["install sudo"]
    if not rule.is_there():
        todo.append(f"let {wanted.user} become root without a password, in {rule.file}")
    found = "not installed" if not has_sudo else f"as {rule.file} says" if rule.is_there() else "no rule of kkinfra's"
    return Item(NAME, found, ", ".join(todo), rule.apply)


@dataclass(frozen=True)
class Rule:
    """The rule for a user."""

    machine: ProvisionedMachine
    user: str

    @property
    def file(self) -> str:
        """Where it is."""
        return f"/etc/sudoers.d/kkinfra-{self.user}"

    @property
    def content(self) -> str:
        """What it says."""
        return f"{self.user} ALL=(ALL) NOPASSWD: ALL\n"

    def is_there(self) -> bool:
        """Whether it is as it should be."""
        path = self.machine.path(self.file)
        return self.machine.read(self.file) == self.content and path.stat().st_mode & 0o777 == MODE

    def apply(self) -> None:
        """Let visudo(8) read it first: a mistake in there would lock everybody out of sudo."""
        if not self.machine.program("sudo"):
            self.machine.packages.install("sudo")
        candidate = self.machine.path(_CANDIDATE)
        files.write(candidate, self.content.encode(), MODE)
        try:
            done = process.run(["visudo", "--check", "--quiet", f"--file={candidate}"], seconds=_SECONDS)
        finally:
            candidate.unlink()
        if done.code:
            raise HostError(f"visudo refuses `{self.content.strip()}`: {done.said}")
        files.write(self.machine.path(self.file), self.content.encode(), MODE)
