"""What sshd lets in besides keys: only told, since changing it can lock somebody out. sshd(8), sshd_config(5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.host import process

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine

_SECONDS = 30
_WAYS = ("passwordauthentication", "kbdinteractiveauthentication")


def warning(machine: ProvisionedMachine) -> str:
    """Empty where sshd asks for keys only, or does not say."""
    program = machine.program("sshd")
    said = process.run([program, "-T"], seconds=_SECONDS).output if program else ""
    ways = [way for way in _WAYS if f"{way} yes" in said.lower().splitlines()]
    if not ways:
        return ""
    return (
        f"sshd takes passwords ({', '.join(ways)}); once your key gets in, set PasswordAuthentication and "
        "KbdInteractiveAuthentication to no in /etc/ssh/sshd_config.d/, and `systemctl reload ssh`"
    )
