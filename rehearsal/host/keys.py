"""SSH keys: the one that gets into a machine, and the machine's own, pinned."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS = 20


def make(file: Path) -> str:
    """Write a private key without a passphrase, and return the public one; raises RehearsalError."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise RehearsalError("there is no ssh-keygen; install OpenSSH's client (openssh-client)")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    command = (program, "-q", "-t", "ed25519", "-N", "", "-C", "kkinfra-test", "-f", str(file))
    made = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if made.returncode:
        raise RehearsalError(f"ssh-keygen exited with {made.returncode}: {made.stderr}")
    return file.with_suffix(".pub").read_text(encoding="ascii")


def ssh(user: str, port: int, key: Path, known_hosts: Path) -> list[str]:
    """OpenSSH, as strict as it gets, and without anything of whoever runs it; the remote command goes after it."""
    options = (
        "BatchMode=yes", "ConnectTimeout=5", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes",
        f"UserKnownHostsFile={known_hosts}", "GlobalKnownHostsFile=/dev/null", "ServerAliveInterval=5",
        "ServerAliveCountMax=3", "LogLevel=ERROR",
    )  # fmt: skip
    said = [word for option in options for word in ("-o", option)]
    return ["ssh", "-F", "none", "-i", str(key), *said, "-p", str(port), f"{user}@127.0.0.1"]
