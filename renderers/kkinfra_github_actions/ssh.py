"""The key that is let in on the host, and the keys by which the host is known.

Nobody asks the host for its key here: whoever answers in its place would be believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.step import expression, run

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ssh
    from kkinfra_github_actions.step import Step

_PORT = 22
_KEY = "~/.ssh/kkinfra"
_KNOWN_HOSTS = "~/.ssh/known_hosts"


def set_up_ssh(environment: Environment, ssh: Ssh) -> Step:
    """Files of mode 0600, which are tried out before anything is sent to the host.

    Where the specification has the host's keys, the command reads them there.
    """
    where = f"in the GitHub environment {environment.name}"
    known = {} if ssh.host_keys else {"SSH_KNOWN_HOSTS": expression("vars.SSH_KNOWN_HOSTS")}
    return run(
        f"Set up SSH to {ssh.host}",
        "install --directory --mode=0700 ~/.ssh",
        *_private_key(where),
        *(_known_hosts(where, _known_as(ssh)) if known else []),
        "install --mode=0600 /dev/stdin ~/.ssh/config <<'END'",
        *_configuration(ssh),
        "END",
        env={"SSH_PRIVATE_KEY": expression("secrets.SSH_PRIVATE_KEY"), **known},
    )


def _private_key(where: str) -> list[str]:
    return [
        f': "${{SSH_PRIVATE_KEY:?is not set; make it a secret {where}}}"',
        f"printf '%s\\n' \"$SSH_PRIVATE_KEY\" | install --mode=0600 /dev/stdin {_KEY}",
        *_unless(f"ssh-keygen -y -P '' -f {_KEY}", "SSH_PRIVATE_KEY is no private key without a passphrase"),
    ]


def _known_hosts(where: str, known_as: str) -> list[str]:
    return [
        f': "${{SSH_KNOWN_HOSTS:?is not set; make it a variable {where}, or write delivery.host_keys in the spec}}"',
        f"printf '%s\\n' \"$SSH_KNOWN_HOSTS\" | install --mode=0600 /dev/stdin {_KNOWN_HOSTS}",
        *_unless(f"ssh-keygen -F '{known_as}' -f {_KNOWN_HOSTS}", f"SSH_KNOWN_HOSTS has no key of {known_as}"),
    ]


def _known_as(ssh: Ssh) -> str:
    """What a host is called in known_hosts (sshd(8))."""
    return ssh.host if ssh.port == _PORT else f"[{ssh.host}]:{int(ssh.port)}"


def _unless(command: str, problem: str) -> list[str]:
    return [f"if ! {command} > /dev/null; then", f'  echo "::error::{problem}"', "  exit 1", "fi"]


def _configuration(ssh: Ssh) -> list[str]:
    """ssh_config(5): this key alone, and no host but a known one."""
    return [f"Host {ssh.host}", f"  IdentityFile {_KEY}", "  IdentitiesOnly yes", "  StrictHostKeyChecking yes"]
