"""`docker compose`, for one release."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host import process
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from kkinfra.host.layout import Layout
    from kkinfra.host.process import Finished

_UP_SECONDS = 120
_MARGIN_SECONDS = 60
ONCE = "-once"
"""What the name of a container ends with in which a service is run once."""
NOWHERE = "/kkinfra-runs-nothing"
"""A program that no image has."""
SERVED = "served"
"""The stage that Nginx is started in: a file that leads to the one of the stages that is due."""


@dataclass(frozen=True)
class ComposeProject:
    """The Compose project of one release, in its own directory; images are there already, so none is pulled."""

    layout: Layout
    release: str

    def up(self, *services: str) -> None:
        """Make the containers of some services, and start them; raises HostError with what Compose says."""
        done = self._run(["up", "--detach", "--no-deps", "--no-build", "--pull", "never", *services], _UP_SECONDS)
        if done.code:
            raise HostError(f"{', '.join(services)} {'do' if len(services) > 1 else 'does'} not start: {done.said}")

    def run(self, service: str, *arguments: str, seconds: float, options: tuple[str, ...] = ()) -> Finished:
        """Run a service once, to its end; there is only ever one of it at a time."""
        command = ["run", "--rm", "--no-deps", "-T", "--name", self.one_off(service), *options, service, *arguments]
        return self._run(command, seconds + _MARGIN_SECONDS)

    def pattern(self, service: str, name: str) -> str:
        """Make a container of a service that ends at once, since it has nothing to run; returns what Compose says."""
        command = ["run", "--detach", "--no-deps", "--name", name, "--entrypoint", NOWHERE, service]
        return self._run(command, _UP_SECONDS).said

    def one_off(self, service: str) -> str:
        """The name of the container in which a service is run once."""
        return f"{self.layout.namespace}-{service}{ONCE}"

    def command_of(self, service: str) -> list[str]:
        """The command of a service, as the release has it; raises HostError."""
        done = self._run(["--profile", "*", "config", "--format", "json", service], _UP_SECONDS)
        if done.code:
            raise HostError(f"Compose does not read the release: {done.said}")
        return [str(each) for each in json.loads(done.output)["services"][service]["command"] or ()]

    def _run(self, arguments: list[str], seconds: float) -> Finished:
        file = self.layout.release(self.release) / "compose.yaml"
        argv = ["docker", "compose", "--progress", "quiet", "--file", str(file), *arguments]
        variables = {"KKINFRA_NGINX_STAGE": SERVED, "KKINFRA_NGINX": str(self.layout.nginx), "HOME": "/root"}
        return process.run(argv, seconds=seconds, variables=variables)


def version() -> str:
    """The version of Compose, or nothing where there is none."""
    try:
        done = process.run(["docker", "compose", "version", "--short"], seconds=20)
    except HostError:
        return ""
    return "" if done.code else done.output.strip().lstrip("v")


def is_there() -> bool:
    """Whether the client program of Docker is."""
    return any(Path(place, "docker").exists() for place in ("/usr/bin", "/usr/local/bin"))
