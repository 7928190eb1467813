"""An ACME authority for a machine, in place of Let's Encrypt: Pebble, and a Certbot that trusts it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker.errors

from rehearsal import certificates
from rehearsal.engine import remove_container, text
from rehearsal.errors import RehearsalError
from rehearsal.host import image
from rehearsal.tree import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

    from rehearsal.host.machine import Machine

CERTBOT = "certbot/certbot:v5.8.0"
"""The image that the rendered Compose project names."""
PORT, MANAGEMENT_PORT = 14000, 15000
DIRECTORY = f"https://127.0.0.1:{PORT}/dir"
"""Where a machine, and what shares its network, reaches the authority."""
VALID_DAYS = 90
"""As Let's Encrypt's certificates are."""
START_SECONDS = 20


@dataclass(frozen=True)
class Acme:
    """The authority of one machine: it asks for challenges at the machine's own port for HTTP."""

    engine: DockerClient
    container: Container
    home: Path

    @property
    def root(self) -> str:
        """The root that issued certificates lead to, as PEM; another one after each start of the authority."""
        return self._ask(f"https://127.0.0.1:{MANAGEMENT_PORT}/roots/0")

    @property
    def log(self) -> str:
        """What it was asked for, and what became of it."""
        return text(self.container.logs())

    def certbot(self, machine: Machine, name: str = CERTBOT) -> None:
        """Put a Certbot that trusts this authority into a machine, under the name of the real one's image."""
        made = image.certbot(self.engine, (self.home / "ca.pem").read_bytes(), DIRECTORY)
        machine.load(self.engine, made)
        machine.root(f"docker tag {made} {name}")

    def stop(self) -> None:
        """Be gone."""
        self.container.stop(timeout=2)

    def start(self) -> None:
        """Be back, with another root, and wait until it answers; raises RehearsalError."""
        self.container.start()
        self.wait_up()

    def wait_up(self) -> None:
        """Wait until it answers; raises RehearsalError with its log."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._ask(DIRECTORY)
            except (RehearsalError, docker.errors.APIError) as error:
                if time.monotonic() > deadline:
                    raise RehearsalError(f"the authority does not answer: {error}\n{self.log[-2000:]}") from error
                time.sleep(0.1)
            else:
                return

    def remove(self) -> None:
        """Remove it."""
        self.container.remove(force=True, v=True)

    def _ask(self, url: str) -> str:
        asked = self.container.exec_run(["curl", "-sS", "--max-time", "5", "--cacert", "/acme/ca.pem", url])
        if asked.exit_code:
            raise RehearsalError(f"{url}: {text(asked.output)}")
        return text(asked.output)


def start(engine: DockerClient, home: Path, machine: Machine, *, valid_days: int = VALID_DAYS) -> Acme:
    """Start an authority for a machine, in place of one that it had; raises RehearsalError.

    For it alone, the domain is this machine, whatever its address is after a reboot.
    """
    name = f"{machine.name}-acme"
    certificates.issue(home, "127.0.0.1", "localhost", name)
    configuration = {
        "listenAddress": f"0.0.0.0:{PORT}",
        "managementListenAddress": f"0.0.0.0:{MANAGEMENT_PORT}",
        "certificate": "/acme/fullchain.pem",
        "privateKey": "/acme/privkey.pem",
        "httpPort": machine.http_port,
        "tlsPort": machine.https_port,
        "certificateValidityPeriod": valid_days * 86_400,
    }
    (home / "pebble.json").write_text(json.dumps({"pebble": configuration}), encoding="utf-8")
    remove_container(engine, name)
    linked = engine.api.create_endpoint_config(links={machine.name: DOMAIN})
    container = engine.containers.run(
        image.acme(engine), name=name, network=machine.network, detach=True, init=True,
        networking_config={machine.network: linked},
        volumes={str(home.resolve()): {"bind": "/acme", "mode": "ro"}},
    )  # fmt: skip
    found = Acme(engine, container, home)
    found.wait_up()
    machine.forward(PORT, f"{name}:{PORT}")
    return found
