"""What the instance does when it starts for the first time, as cloud-init reads it.

https://docs.cloud-init.io/en/latest/reference/modules.html. It ends where `kkinfra provision ENV --host` begins:
somebody comes in over SSH and may become root, there is swap, and Docker's engine runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Ssh
from kkinfra.values.yaml_text import document
from kkinfra_cloudformation.intrinsics import encoded, substituted
from kkinfra_cloudformation.parameters import PUBLIC_KEY

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.memory import Memory
    from kkinfra.spec.platforms import Ec2
    from kkinfra_cloudformation.intrinsics import Value

_SWAP_FILE = "/swapfile"
"""Where `kkinfra provision ENV --host` looks for it, too."""

_SSH_PORT, _SSHD = 22, "/etc/ssh/sshd_config.d/60-kkinfra.conf"
"""cloud-init writes files before sshd starts."""

_MEBIBYTE = 2**20

_DOCKER = {"debian-12": "docker.io", "amazon-linux-2023": "docker"}

_REACHED = "until timeout 5 bash -c ': </dev/tcp/checkip.amazonaws.com/443'; do sleep 2; done"
_WAIT_FOR_ADDRESS = ["cloud-init-per", "instance", "address", "timeout", "300", "bash", "-c", _REACHED]
"""The elastic IP comes some seconds after the start, and no package is had before."""


def user_data(environment: Environment, host: Ec2) -> Value:
    """The property `UserData`, in which the public key is a parameter of the stack."""
    return encoded(substituted(f"#cloud-config\n{document(_cloud_config(environment, host))}"))


def _cloud_config(environment: Environment, host: Ec2) -> dict[str, Any]:
    delivery = environment.delivery
    user, port = (str(delivery.user), int(delivery.port)) if isinstance(delivery, Ssh) else ("deploy", _SSH_PORT)
    return {
        **({"bootcmd": [_WAIT_FOR_ADDRESS]} if host.elastic_ip else {}),
        **({"swap": {"filename": _SWAP_FILE, "size": _whole_mebibytes(host.swap)}} if host.swap else {}),
        "users": [
            {
                "name": user,
                "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": True,
                "ssh_authorized_keys": [f"${{{PUBLIC_KEY}}}"],
            }
        ],
        **({"write_files": [{"path": _SSHD, "content": f"Port {port}\n"}]} if port != _SSH_PORT else {}),
        "package_update": True,
        "packages": [_DOCKER[host.os]],
        "runcmd": [["systemctl", "enable", "--now", "docker"], ["usermod", "--append", "--groups", "docker", user]],
    }


def _whole_mebibytes(size: Memory) -> int:
    """Bytes, as cloud-init counts a swap file: it would round down."""
    return -(-size.bytes // _MEBIBYTE) * _MEBIBYTE
