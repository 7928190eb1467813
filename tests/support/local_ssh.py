"""What stands in for `ssh`: it runs the command that is meant for a host on this machine, or says what ssh would."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.spec.platforms import Ssh
from kkinfra.targets.compose.client.host import Host
from kkinfra.targets.compose.client.ssh import VARIABLE, Connection

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_PROGRAM = """\
#!/bin/sh
printf '%s\\n' "$*" >> {calls}
for last; do :; done
{script}
"""
RUN = 'exec sh -c "$last"'
"""Run what is meant for the host."""


def fails(said: str, code: int = 255) -> str:
    """Take what is given, say something, and end."""
    return f"cat > /dev/null; printf %s {shlex.quote(said)} >&2; exit {code}"


@dataclass
class LocalSsh:
    """`directory` is where it is; `srv` in it is what the host keeps its releases in."""

    directory: Path

    def does(self, script: str) -> None:
        """From now on, do this when called; the last argument is `$last`."""
        program = self.directory / "ssh"
        beside = self.directory / "ssh.new"
        beside.write_text(_PROGRAM.format(calls=self.directory / "calls", script=script))
        beside.chmod(0o755)
        beside.replace(program)

    @property
    def calls(self) -> list[str]:
        """The arguments of each call, as one text."""
        file = self.directory / "calls"
        text = file.read_text() if file.exists() else ""
        return [f"-o {each}" for each in text.split("-o BatchMode=yes")[1:]]

    def host(self, user: str = "root") -> Host:
        """The host that it reaches."""
        ssh = Ssh.model_validate({"by": "ssh", "host": "web.example.org"})
        return Host(Connection(ssh, user, str(self.directory / "home")), str(self.directory / "srv"), "shop")


def stand_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> LocalSsh:
    """One that runs what is meant for the host, from now on."""
    found = LocalSsh(directory)
    found.does(RUN)
    monkeypatch.setenv(VARIABLE, str(directory / "ssh"))
    return found
