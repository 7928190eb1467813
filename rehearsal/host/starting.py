"""Starting a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from rehearsal import networks
from rehearsal.engine import remove_container
from rehearsal.host import image, keys, names, ports
from rehearsal.host.machine import Machine
from rehearsal.tree import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient

NAME = names.MACHINE
Flavour = Literal["bare", "ready"]

_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
_KEY_SECONDS = 20
_USERS = {"bare": ("admin",), "ready": ("admin", "deploy")}
_AUTHORIZE = """
install -d -m 0700 -o {user} -g {user} /home/{user}/.ssh
umask 077
echo '{key}' > /home/{user}/.ssh/authorized_keys && chown {user}: /home/{user}/.ssh/authorized_keys
"""


def start(
    engine: DockerClient,
    home: Path,
    *,
    flavour: Flavour = "ready",
    memory: str = "1g",
    cpus: float = 1.0,
    name: str = NAME,
    network: str = names.NETWORK,
) -> Machine:
    """Start a machine as large as a t2.micro, in place of one of that name, and wait until it is up.

    `home` keeps its keys. Raises RehearsalError.
    """
    made_from = image.ready(engine) if flavour == "ready" else image.bare(engine)
    remove_container(engine, name)
    networks.ensure(engine, network)
    public = keys.make(home / "id_ed25519")
    ssh_port, http_port, https_port = ports.free(3)
    published: dict[int | str, Any] = {22: ("127.0.0.1", ssh_port)}
    published |= {port: ("127.0.0.1", port) for port in (http_port, https_port)}
    host_config: dict[str, Any] = engine.api.create_host_config(
        port_bindings=published, network_mode=network, mem_limit=memory, memswap_limit=memory,
        nano_cpus=int(cpus * 1e9), extra_hosts={DOMAIN: "127.0.0.1"},
        **_as_a_machine(),
    )  # fmt: skip
    # What Docker's own client calls `--security-opt systempaths=unconfined`.
    host_config |= {"MaskedPaths": [], "ReadonlyPaths": []}
    created = engine.api.create_container(
        made_from, name=name, hostname=name, host_config=host_config, ports=list(published)
    )
    machine = Machine(
        engine.containers.get(created["Id"]), home, network, ssh_port, http_port, https_port, flavour == "ready"
    )
    machine.container.start()
    for user in _USERS[flavour]:
        machine.root(_AUTHORIZE.format(user=user, key=public.strip()))
    machine.root(f"timeout {_KEY_SECONDS} sh -c 'until [ -s {_HOST_KEY} ]; do sleep 0.1; done'")
    (home / "known_hosts").write_text(machine.known_hosts, encoding="ascii")
    machine.wait_up()
    return machine


def _as_a_machine() -> dict[str, Any]:
    """What systemd and an engine need; `--privileged` fails where CAP_SYS_RESOURCE is missing, and this does not."""
    return {
        "cap_add": ["ALL"],
        "cap_drop": ["SYS_RESOURCE"],
        "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
        "cgroupns": "private",
        "device_cgroup_rules": ["a *:* rwm"],
        "tmpfs": {"/run": "exec", "/run/lock": "", "/tmp": "exec"},  # noqa: S108 - the machine's own
    }
