"""The Docker engine of this machine."""

from __future__ import annotations

from contextlib import suppress

import docker
import docker.errors

from rehearsal.errors import RehearsalError

TIMEOUT_SECONDS = 120
"""Of one call; pulling and building stream, so that only a silence of this length counts."""


def connect_docker() -> docker.DockerClient:
    """The engine that DOCKER_HOST names, or the machine's own; raises RehearsalError where none answers."""
    try:
        engine = docker.from_env(timeout=TIMEOUT_SECONDS)
        engine.ping()
    except (docker.errors.DockerException, OSError) as error:
        raise RehearsalError(
            f"no Docker engine answers ({error}); start one (sudo systemctl start docker), "
            "or say in DOCKER_HOST where it is"
        ) from error
    return engine


def remove_container(engine: docker.DockerClient, name: str) -> None:
    """Remove a container with its volumes, running or not, if it is there."""
    with suppress(docker.errors.NotFound):
        engine.containers.get(name).remove(force=True, v=True)


def text(said: object) -> str:
    """What a container printed; the SDK's types leave open whether it is bytes or a stream of them."""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
