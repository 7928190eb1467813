"""Containers of a release, as `docker inspect` (20.10.24) describes those that Compose (5.6.1) makes of it."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kkinfra.host.engine import EngineContainer
from kkinfra.host.services import HASH, MOUNTED_SECRETS, RESTART_HASH

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.manifest import ReleaseService

STARTED = "2026-11-25T01:02:03.456789012Z"


def inspected(service: ReleaseService, namespace: str, release: Path | None = None, **changes: Any) -> dict[str, Any]:
    """A container of a service that runs and is healthy; its secrets are those of a release's directory."""
    name = f"{namespace}-{service.name}-1"
    restart = {RESTART_HASH: service.restart_hash} if service.restart_hash else {}
    secrets = [] if release is None else [_mounted(release / "secrets" / each, each) for each in service.secrets]
    return {
        "Id": sha256(f"{name}{service.hash}".encode()).hexdigest(),
        "Name": f"/{name}",
        "RestartCount": 0,
        "Config": {
            "Image": service.image,
            "Env": [f"{each}=x" for each in service.variables],
            "Labels": {
                "com.docker.compose.project": namespace, "com.docker.compose.service": service.name,
                "com.docker.compose.oneoff": "False", HASH: service.hash, **restart,
            },
        },
        "HostConfig": {"Memory": service.memory, "NanoCpus": nano(service.cpus)},
        "State": {
            "Status": "running", "Running": True, "Restarting": False, "Pid": 0, "ExitCode": 0, "OOMKilled": False,
            "Health": {"Status": "healthy"}, "StartedAt": STARTED,
        },
        "Mounts": secrets,
        **changes,
    }  # fmt: skip


def container(
    service: ReleaseService, namespace: str = "shop", release: Path | None = None, **changes: Any
) -> EngineContainer:
    """The same, as the host's own code has it."""
    return EngineContainer(inspected(service, namespace, release, **changes))


def nano(cpus: float) -> int:
    """What Compose asks the engine for: it multiplies single-precision numbers, so that 1.101 becomes 1.100999936."""
    return int(_single(_single(cpus) * 1e9))


def _single(number: float) -> float:
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _mounted(source: Path, name: str) -> dict[str, Any]:
    return {"Type": "bind", "Source": str(source), "Destination": f"{MOUNTED_SECRETS}/{name}"}
