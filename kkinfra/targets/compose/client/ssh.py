"""OpenSSH, the user's own: configuration, agent and jump hosts work as they do in a terminal.

One connection serves all requests (ControlMaster, ssh_config(5)). The host's key is never accepted silently.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.errors import ConnectionFailedError, KkinfraError
from kkinfra.system.command import Command
from kkinfra.system.process import run

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.spec.platforms import Ssh

VARIABLE = "KKINFRA_SSH_COMMAND"
"""Variable with the command to use in place of `ssh`, as `ssh -F FILE`; like Git's GIT_SSH_COMMAND."""

_CONNECT_SECONDS = 10
_ALIVE_SECONDS, _ALIVE_COUNT = 5, 3
_PERSIST_SECONDS = 60
_CLOSE_SECONDS = 10

_REMEDIES = (
    (
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        (
            "the host has another key than the one that is known. Was it set up anew? Compare with its console, then "
            "{forget}. If not, somebody may be in between: do not go on"
        ),
    ),
    (
        r"Host key verification failed|No .* host key is known",
        (
            "the host's key is not known, and none is accepted unseen. Read it on the host's own console "
            "(`cat /etc/ssh/ssh_host_ed25519_key.pub`), and write it under delivery.host_keys in the spec, or "
            "connect once by hand"
        ),
    ),
    (r"bad permissions|UNPROTECTED PRIVATE KEY", "ssh refuses a key that others can read: `chmod 600` it"),
    (
        r"Permission denied",
        (
            "the host does not let {user} in with the keys that are offered; see `ssh-add -l`, or prepare the host: "
            "`kkinfra provision ENV --host --as ADMIN`"
        ),
    ),
    (r"Could not resolve hostname", "no address is found for {host}; correct delivery.host, or the DNS record"),
    (r"Connection refused", "nothing listens on port {port} there; is sshd up, and is delivery.port right?"),
    (
        r"timed out|Operation timed out|No route to host|Network is unreachable",
        ("no answer; is the host up, and does the security group let this machine reach port {port}?"),
    ),
    (
        r"kex_exchange_identification|Connection (closed|reset)",
        ("the host ended the connection; it may be starting up, or too busy"),
    ),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """How a host is reached; `home` is a directory for the shared connection and the host's keys."""

    ssh: Ssh
    user: str
    home: str

    @property
    def options(self) -> tuple[str, ...]:
        """The options of every call."""
        return (
            "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", f"ConnectTimeout={_CONNECT_SECONDS}",
            "-o", f"ServerAliveInterval={_ALIVE_SECONDS}", "-o", f"ServerAliveCountMax={_ALIVE_COUNT}",
            "-o", "ControlMaster=auto", "-o", f"ControlPath={self.home}/c", "-o", f"ControlPersist={_PERSIST_SECONDS}",
            *self._pinned(),
            "-p", str(int(self.ssh.port)), "-l", self.user, "-T",
        )  # fmt: skip

    def remote(self, *argv: str) -> Command:
        """A command for the host, as root; quoted once, here."""
        asked = argv if self.user == "root" else ("sudo", "-n", "--", *argv)
        return Command((*_program(), *self.options, str(self.ssh.host), shlex.join(asked)))

    def explain(self, said: str) -> ConnectionFailedError:
        """What ssh says, as an error with what helps."""
        in_spec, in_file = "write the new one under delivery.host_keys", f"`ssh-keygen -R {self._known_as()}`"
        forget = in_spec if self.ssh.host_keys else f"remove the old one: {in_file}"
        names = {"host": self.ssh.host, "port": int(self.ssh.port), "user": self.user, "forget": forget}
        lines = [line for line in said.strip().splitlines() if line.strip(" @")]
        last = lines[-1].strip() if lines else "it ended without a word"
        where = f"{self.user}@{self.ssh.host}:{int(self.ssh.port)}"
        for pattern, remedy in _REMEDIES:
            if re.search(pattern, said):
                return ConnectionFailedError(f"SSH to {where} failed ({last}): {remedy.format(**names)}")
        return ConnectionFailedError(f"SSH to {where} failed: {last}; try it by hand: ssh {self.user}@{self.ssh.host}")

    def close(self) -> None:
        """End the shared connection, where there is one."""
        if Path(self.home, "c").exists():
            try:
                run(Command((*_program(), *self.options, "-O", "exit", str(self.ssh.host))), seconds=_CLOSE_SECONDS)
            except KkinfraError:
                return

    def _known_as(self) -> str:
        port = int(self.ssh.port)
        return str(self.ssh.host) if port == 22 else f"'[{self.ssh.host}]:{port}'"  # noqa: PLR2004 - the port of SSH

    def _pinned(self) -> tuple[str, ...]:
        """Where the specification names the host's keys, they alone are known, whatever address ssh_config gives it.

        A HostKeyAlias is looked up as it is written (ssh_config(5)), hence with the port, as any known_hosts has it.
        """
        if not self.ssh.host_keys:
            return ()
        name, path = self._known_as().strip("'"), Path(self.home, "known_hosts")
        if not path.exists():
            path.write_text("".join(f"{name} {key}\n" for key in self.ssh.host_keys))
        return (
            "-o", f"HostKeyAlias={name}", "-o", f"UserKnownHostsFile={path}", "-o", "GlobalKnownHostsFile=/dev/null",
        )  # fmt: skip


@contextmanager
def connection(ssh: Ssh, user: str | None = None) -> Generator[Connection]:
    """A connection that is made with the first request. A socket's path may have 104 bytes at most, hence /tmp."""
    with tempfile.TemporaryDirectory(prefix="kkinfra-", dir="/tmp", ignore_cleanup_errors=True) as home:
        made = Connection(ssh, user or ssh.user, home)
        try:
            yield made
        finally:
            made.close()


def _program() -> tuple[str, ...]:
    return tuple(shlex.split(os.environ.get(VARIABLE, ""))) or ("ssh",)
