"""The one-off that gives the named volumes, which Docker makes for root, to those who write there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.cpu import Cpu
from kkinfra.spec.memory import Memory
from kkinfra_compose.dependencies import VOLUMES
from kkinfra_compose.mounts import owned_volumes, volume
from kkinfra_compose.service import RELEASE, Service, confined, labelled, limits, one_off

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

_MEMORY = Memory(32, "MB")
_CPU_LIMIT, _CPU = Cpu(500), Cpu(100)


def volumes_service(environment: Environment) -> Service:
    """Root, with one right: to change owners."""
    owned = owned_volumes(environment)
    chowns = [f"chown {uid}:{uid} {directory}" for _, directory, uid in owned]
    made: Service = {
        "image": str(environment.image),
        "pull_policy": "missing",
        **confined(environment, 0, ["CHOWN"]),
        **limits(environment, _MEMORY, _CPU_LIMIT, _CPU),
        **one_off(RELEASE),
        "command": ["sh", "-c", " && ".join(chowns)],
        "volumes": [volume(name, directory) for name, directory, _ in owned],
    }
    return labelled(environment, VOLUMES, made)
