"""A web site that is neither on loopback nor in a private network, though nobody but this machine reaches it.

The product does not probe private networks, so this one has addresses that are public by their number:
those of AS112, whose servers answer nothing but questions for names that nobody has (RFC 7535).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rehearsal import networks
from rehearsal.engine import remove_container
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

NAME = "kkinfra-rehearsal-outside"
SUBNET = "192.31.196.0/28"
ADDRESS = "192.31.196.2"
PORT = 8080
_START_SECONDS = 20

_SERVER = """
import http.server, os, time
class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print(self.path, flush=True)
        time.sleep(float(self.path.rpartition("sleep=")[2]) if "sleep=" in self.path else 0)
        self.send_response(500 if os.path.exists("/tmp/broken") else 200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\\n")
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Site).serve_forever()
"""


@dataclass(frozen=True)
class Site:
    """A site that answers 200, or 500 while it is broken, and keeps the paths that it was asked for."""

    container: Container
    url: str = f"http://{ADDRESS}:{PORT}/"

    def break_(self) -> None:
        """From now on, answer 500."""
        self.container.exec_run(["touch", "/tmp/broken"])  # noqa: S108 - a path in its container

    def mend(self) -> None:
        """From now on, answer 200."""
        self.container.exec_run(["rm", "-f", "/tmp/broken"])  # noqa: S108 - a path in its container

    def asked_for(self) -> list[str]:
        """The paths of all requests, in their order."""
        return self.container.logs().decode().split()


def start(engine: DockerClient, image: str) -> Site:
    """Start the site from any image with Python; raises RehearsalError where it does not answer."""
    remove(engine)
    network = networks.ensure(engine, NAME, SUBNET)
    container = engine.containers.run(
        image, ["python", "-c", _SERVER], name=NAME, network=network.name, detach=True, init=True
    )
    container.reload()
    found = container.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]
    if found != ADDRESS:
        raise RehearsalError(f"the site is at {found}, where {ADDRESS} is expected")
    _wait(container)
    return Site(container)


def _wait(container: Container) -> None:
    probe = f"import urllib.request; urllib.request.urlopen('http://127.0.0.1:{PORT}/', timeout=1)"
    deadline = time.monotonic() + _START_SECONDS
    while container.exec_run(["python", "-c", probe]).exit_code:
        if time.monotonic() > deadline:
            raise RehearsalError(f"the site does not answer:\n{container.logs().decode()}")
        time.sleep(0.2)


def remove(engine: DockerClient) -> None:
    """Remove the site and its network."""
    remove_container(engine, NAME)
    networks.remove(engine, NAME)
