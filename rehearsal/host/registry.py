"""A real registry that asks for a login, under the same name outside and inside of the machines."""

from __future__ import annotations

import base64
import json
import secrets
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import docker.errors

from rehearsal import networks
from rehearsal.engine import remove_container, text
from rehearsal.errors import RehearsalError
from rehearsal.host import image, names, ports

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from docker.models.containers import Container

    from rehearsal.host.machine import Machine

PATH = "example/kkambbaki"
USER = "puller"
START_SECONDS = 20
_OWN_PORT = 5000


@dataclass(frozen=True)
class LocalRegistry:
    """Debian's docker-registry, at a port of loopback, where an engine needs no TLS."""

    engine: DockerClient
    container: Container
    port: int
    password: str = field(repr=False)

    @property
    def host(self) -> str:
        """Host and port that references to its images start with."""
        return f"127.0.0.1:{self.port}"

    @property
    def repository(self) -> str:
        """Where the product's images are, with neither tag nor digest."""
        return f"{self.host}/{PATH}"

    @property
    def docker_config(self) -> str:
        """The text of a Docker configuration that logs in: what the pull secret holds."""
        login = base64.b64encode(f"{USER}:{self.password}".encode()).decode()
        return json.dumps({"auths": {self.host: {"auth": login}}})

    def serve(self, machine: Machine) -> None:
        """Let a machine reach it under the same name, also after a reboot."""
        machine.forward(self.port, f"{self.container.name}:{_OWN_PORT}")

    def push(self, source: str, tag: str) -> str:
        """Push an image of this machine's engine, and return its reference by digest; raises RehearsalError."""
        self.engine.api.tag(source, self.repository, tag)
        login = {"username": USER, "password": self.password}
        answer = self.engine.api.push(self.repository, tag, stream=True, decode=True, auth_config=login)
        for message in cast("Iterator[dict[str, Any]]", answer):
            if "error" in message:
                raise RehearsalError(f"{source} cannot be pushed as {self.repository}:{tag}: {message['error']}")
            if digest := message.get("aux", {}).get("Digest"):
                return f"{self.repository}@{digest}"
        raise RehearsalError(f"{self.repository}:{tag} was pushed, and the engine told no digest")

    def stop(self) -> None:
        """Be gone; what was pushed stays."""
        self.container.stop(timeout=2)

    def start(self) -> None:
        """Be back, and wait until it answers; raises RehearsalError."""
        self.container.start()
        self.wait_up()

    def wait_up(self) -> None:
        """Wait until it asks for a login; raises RehearsalError with its log."""
        deadline = time.monotonic() + START_SECONDS
        while not _asks_for_login(f"http://{self.host}/v2/"):
            if time.monotonic() > deadline:
                raise RehearsalError(f"the registry does not answer:\n{text(self.container.logs(tail=20))}")
            time.sleep(0.1)

    def remove(self) -> None:
        """Remove it, what was pushed to it, and its names from this machine's engine."""
        self.container.remove(force=True, v=True)
        for found in self.engine.images.list():
            for reference in (*found.tags, *(found.attrs.get("RepoDigests") or ())):
                if reference.startswith(f"{self.host}/"):
                    with suppress(docker.errors.ImageNotFound):
                        self.engine.images.remove(reference, noprune=True)


def start(engine: DockerClient, name: str = names.REGISTRY, network: str = names.NETWORK) -> LocalRegistry:
    """Start an empty registry, in place of one of that name; raises RehearsalError."""
    made_from = image.registry(engine)
    remove_container(engine, name)
    joined = networks.ensure(engine, network)
    (port,) = ports.free(1)
    password = f"sentinel-registry-{secrets.token_urlsafe(12)}"
    container = engine.containers.run(
        made_from, name=name, network=joined.name, detach=True, init=True,
        ports={f"{_OWN_PORT}/tcp": ("127.0.0.1", port)}, environment={"REGISTRY_LOGIN": f"{USER}:{password}"},
    )  # fmt: skip
    found = LocalRegistry(engine, container, port, password)
    found.wait_up()
    return found


def _asks_for_login(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2)  # noqa: S310 - its own loopback
    except urllib.error.HTTPError as error:
        return error.code == 401  # noqa: PLR2004 - HTTP's own
    except OSError:
        return False
    return False
