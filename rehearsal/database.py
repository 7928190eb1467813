"""PostgreSQL 15 in a container of its own, over TLS, as RDS is to production."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import docker.errors

from rehearsal import certificates
from rehearsal.engine import remove_container, text
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

NAME = "kkinfra-rehearsal-postgresql"
NETWORK = "kkinfra-rehearsal"
IMAGE = "postgres:15"
_START_SECONDS = 60

# The key must belong to the server, and a mount belongs to whoever made it (PostgreSQL 15, 19.9.1).
_START = """
install -m 0600 /tls/privkey.pem /tmp/server.key
install -m 0644 /tls/fullchain.pem /tmp/server.crt
[ "$(id -u)" != 0 ] || chown postgres: /tmp/server.key
exec docker-entrypoint.sh postgres -c ssl=on -c ssl_cert_file=/tmp/server.crt -c ssl_key_file=/tmp/server.key "$@"
"""


@dataclass(frozen=True)
class Database:
    """A server with one database in it, on port 5432 of its address; `password` is its user's."""

    container: Container
    address: str
    name: str
    user: str
    password: str = field(repr=False)

    def query(self, statement: str) -> list[str]:
        """The rows of a statement, columns parted by `|`; raises RehearsalError."""
        command = ["psql", "-h", "127.0.0.1", "-U", self.user, "-d", self.name, "-Atc", statement]
        done = self.container.exec_run(command, environment={"PGPASSWORD": self.password})
        if done.exit_code:
            raise RehearsalError(f"{statement}: {text(done.output)}")
        return text(done.output).splitlines()


def start(
    engine: DockerClient,
    directory: Path,
    *,
    name: str,
    user: str,
    password: str,
    container: str = NAME,
    network: str = NETWORK,
) -> Database:
    """Start an empty database and wait until it answers; raises RehearsalError.

    On its network it is reached as `postgresql`.
    """
    certificates.issue(directory, "postgresql")
    (directory / "privkey.pem").chmod(0o644)
    remove_container(engine, container)
    started = engine.containers.create(
        IMAGE, ["-c", _START, "start"], entrypoint="sh", name=container,
        environment={"POSTGRES_DB": name, "POSTGRES_USER": user, "POSTGRES_PASSWORD": password},
        volumes={str(directory): {"bind": "/tls", "mode": "ro"}},
    )  # fmt: skip
    joined = engine.networks.get(network)
    engine.networks.get("bridge").disconnect(started)
    joined.connect(started, aliases=["postgresql"])
    started.start()
    started.reload()
    address = started.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
    _wait(started, name, user)
    return Database(started, address, name, user, password)


def _wait(container: Container, name: str, user: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(container, name, user):
        if time.monotonic() > deadline or _has_ended(container):
            raise RehearsalError(f"PostgreSQL does not answer:\n{text(container.logs(tail=20))}")
        time.sleep(0.3)


def _answers(container: Container, name: str, user: str) -> bool:
    try:
        return not container.exec_run(["pg_isready", "-q", "-h", "127.0.0.1", "-U", user, "-d", name]).exit_code
    except docker.errors.APIError:  # of a container that has ended
        return False


def _has_ended(container: Container) -> bool:
    container.reload()
    return container.status == "exited"
