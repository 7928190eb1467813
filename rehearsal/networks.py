"""The rehearsal's own networks."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import docker.errors
from docker.types import IPAMConfig, IPAMPool

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.networks import Network


def ensure(engine: DockerClient, name: str, subnet: str | None = None) -> Network:
    """The network of a name, made where it is not there."""
    try:
        return engine.networks.get(name)
    except docker.errors.NotFound:
        pools = IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)]) if subnet else None
        return engine.networks.create(name, ipam=pools)


def remove(engine: DockerClient, name: str) -> None:
    """Remove a network, if it is there."""
    with suppress(docker.errors.NotFound):
        engine.networks.get(name).remove()
