"""What every service has: its limits, its logs, and as few rights as possible."""

from __future__ import annotations

from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING, Any

from kkinfra.spec import stack
from kkinfra_compose.place import compose_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.cpu import Cpu
    from kkinfra.spec.duration import Duration
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.memory import Memory
    from kkinfra.spec.stack import Process

Service = dict[str, Any]

RELEASE = "release"
"""Profile of what runs once a release, before the release serves."""

CRON = "cron"
"""Profile of what a timer of systemd starts."""

TOOLS = "tools"
"""Profile of what is started by hand, or by the deployer."""

HASH = "kkinfra.content-hash"
"""Label: the SHA-256 of all a service is made from, mounted files included, which Compose does not look at."""

RESTART_HASH = "kkinfra.restart-hash"
"""Label: the same without the files that a reload brings in; a service has it where there are any."""

_SHARES = 1024  # of one processor (docker run --cpu-shares)
_FEWEST_SHARES = 2
_MEGABYTE = 10**6

_WITH_SWAP = 2
"""Memory and swap together, in sizes of the memory: what Docker grants where nothing is said.

https://docs.docker.com/reference/compose-file/services/#memswap_limit
"""


def service(environment: Environment, part: Process) -> Service:
    """A service of a part: it runs as the part's user, within the part's limits."""
    stop_grace = part.stop_grace if isinstance(part, stack.Service) else None
    return {
        "image": str(environment.image_of(part)),
        "pull_policy": "missing",
        **confined(environment, part.uid),
        **limits(environment, part.memory, part.cpu_limit, part.cpu),
        **({"stop_grace_period": f"{stop_grace.seconds}s", "restart": "unless-stopped"} if stop_grace else {}),
    }


def one_off(profile: str) -> Service:
    """What makes a service run once and end; an image's own health check would not fit it."""
    return {"profiles": [profile], "restart": "no", "healthcheck": {"disable": True}}


def confined(environment: Environment, uid: int, capabilities: Sequence[str] = ()) -> Service:
    """Network, user and rights. It reaps what it starts, and writes nowhere but to /tmp and its volumes."""
    return {
        "network_mode": compose_of(environment).network,
        "init": True,
        "user": f"{uid}:{uid}",
        "read_only": True,
        "cap_drop": ["ALL"],
        **({"cap_add": list(capabilities)} if capabilities else {}),
        "security_opt": ["no-new-privileges:true"],
        "logging": _logging(environment),
    }


def limits(environment: Environment, memory: Memory, cpu_limit: Cpu, cpu: Cpu) -> Service:
    """Limits in bytes, since Docker reads `m` as MiB. Where the host has swap, a container may use it too.

    Files in /tmp count as memory, so they get a quarter of it.
    """
    swaps = compose_of(environment).host.swap is not None
    return {
        "mem_limit": memory.bytes,
        "memswap_limit": memory.bytes * (_WITH_SWAP if swaps else 1),
        "cpus": cpu_limit.cores,
        "cpu_shares": max(_FEWEST_SHARES, cpu.millicores * _SHARES // 1000),
        "tmpfs": [f"/tmp:mode=1777,size={memory.bytes // 4}"],  # noqa: S108 - a path in the container
    }


def labelled(
    environment: Environment, name: str, service: Service, files: Sequence[str] = (), reloaded: Sequence[str] = ()
) -> Service:
    """The service with its labels.

    `files` are the contents of what is mounted into it; `reloaded` tells those apart that a reload brings in.
    """
    labels = {
        "kkinfra.environment": environment.name,
        "kkinfra.part": name,
        HASH: _hash(service, *reloaded, *files),
        **({RESTART_HASH: _hash(service, *files)} if reloaded else {}),
    }
    return {**service, "labels": labels}


def _hash(service: Service, *files: str) -> str:
    return sha256(dumps([service, *files], sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def within(deadline: Duration, command: Sequence[str]) -> list[str]:
    """A command that is stopped at its deadline, and killed ten seconds later (coreutils, BusyBox)."""
    return ["timeout", "-k", "10", str(deadline.seconds), *command]


def _logging(environment: Environment) -> Service:
    """The json-file driver reads `m` as MB (units.FromHumanSize), unlike Docker's memory limits."""
    size = environment.logs.max_size.bytes
    return {
        "driver": "json-file",
        "options": {
            "max-size": f"{size // _MEGABYTE}m" if size % _MEGABYTE == 0 else str(size),
            "max-file": str(environment.logs.max_files),
        },
    }
