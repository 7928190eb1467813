"""What listens on a host that all processes share, read from the configurations and commands that start them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.compose_services import containers
from kkinfra.proving.proofs.documents import COMPOSE_FILE
from kkinfra.proving.proofs.nginx_text import http_blocks
from kkinfra.spec.stack import Nginx, PostgresqlRds, Process, Redis, Webapp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.proving.proofs.compose_services import ComposeService
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps

EVERY = "0.0.0.0"  # noqa: S104 - what is looked for
SSHD = "sshd"
_EVERY_ADDRESS = frozenset({EVERY, "*", "::", "[::]"})
_UNIX, _LOOPBACK = "unix:", ("127.", "::1", "[::1]", "localhost")
_ADDRESSES, _PORTS, _SOCKET = ("--address", "--host", "--bind"), ("--port",), "--uds"


@dataclass(frozen=True, slots=True)
class Listener:
    """An address and port, or the path of a Unix socket (then `port` is 0), and who listens there.

    `process` is the container, since a part may be up twice during a switch; `is_guess` says that the image alone
    decides on the address.
    """

    part: str
    process: str
    address: str
    port: int
    at: Steps
    is_guess: bool = False

    @property
    def is_loopback(self) -> bool:
        """Whether only processes on the same host reach it."""
        return not self.port or is_loopback(self.address)

    def overlaps(self, other: Listener) -> bool:
        """Whether both want one port of one address."""
        every = _EVERY_ADDRESS & {self.address, other.address}
        return self.port == other.port and (self.address == other.address or bool(every))

    def __str__(self) -> str:
        """`127.0.0.1:6379`, or the socket's path."""
        return f"{self.address}:{self.port}" if self.port else self.address


def is_loopback(address: str) -> bool:
    """Whether an address is this host's own alone (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3)."""
    return address.startswith(_LOOPBACK)


def listeners(environment: Environment, tree: ArtifactTree) -> list[Listener]:
    """All of them, also those of both colours; each once.

    Where no Compose project is rendered, the ports that the specification names are all that is known.
    """
    if COMPOSE_FILE not in tree:
        return [*_of_spec(environment), *_of_ssh(environment)]
    found = [*_of_nginx(environment, tree), *_of_redis(environment, tree), *_of_ssh(environment)]
    served = {each.part for each in found}
    for container in containers(environment, tree):
        if container.part not in served:
            found += _of_command(environment, container)
    return list(dict.fromkeys(found))


def _of_nginx(environment: Environment, tree: ArtifactTree) -> Iterator[Listener]:
    for name, nginx in environment.parts(Nginx):
        for http in http_blocks(tree):
            for server in http.all("server"):
                for listen in server.all("listen"):
                    yield _nginx_listener(name, nginx, listen.arguments[0])


def _nginx_listener(name: str, nginx: Nginx, written: str) -> Listener:
    """`80`, `127.0.0.1:8181`, `[::]:443`, `unix:/path` (https://nginx.org/en/docs/http/ngx_http_core_module.html#listen)."""
    if written.startswith(_UNIX):
        return Listener(name, name, written.removeprefix(_UNIX), 0, ("stack", name))
    address, _, number = written.rpartition(":")
    port = int(number) if number.isdigit() else 80
    fields = {int(getattr(nginx, field)): field for field in ("http_port", "https_port", "identity_port")}
    at: Steps = ("stack", name, fields[port]) if port in fields else ("stack", name)
    return Listener(name, name, address or EVERY, port, at)


def _of_redis(environment: Environment, tree: ArtifactTree) -> Iterator[Listener]:
    """Where nothing says else, Redis binds every address (https://redis.io/docs/latest/operate/oss_and_stack/management/config/)."""
    for name, _ in environment.parts(Redis):
        if "redis/redis.conf" not in tree:
            continue
        said = dict(line.split(None, 1) for line in tree["redis/redis.conf"].content.splitlines() if " " in line)
        for address in said.get("bind", EVERY).split():
            yield Listener(name, name, address.lstrip("-"), int(said.get("port", "6379")), ("stack", name, "port"))


def _of_ssh(environment: Environment) -> Iterator[Listener]:
    if environment.delivery.ssh_port:
        yield Listener(SSHD, SSHD, EVERY, int(environment.delivery.ssh_port), ("delivery", "port"))


def _of_spec(environment: Environment) -> Iterator[Listener]:
    for name, part in environment.parts(Process):
        port = getattr(part, "port", None)
        if port is not None:
            yield Listener(name, name, environment.platform.listen_address, int(port), ("stack", name, "port"))


def _of_command(environment: Environment, container: ComposeService) -> Iterator[Listener]:
    part = environment.stack.get(container.part)
    said = _flags(container.command)
    socket = said.get(_SOCKET)
    port = getattr(part, "port", None)
    if socket:
        yield Listener(container.part, container.name, socket, 0, ("stack", container.part))
    elif port is not None and not isinstance(part, Webapp | PostgresqlRds):
        number = next((said[flag] for flag in _PORTS if flag in said), str(int(port)))
        address = next((said[flag] for flag in _ADDRESSES if flag in said), "")
        at = ("stack", container.part, "port")
        yield Listener(container.part, container.name, address or EVERY, int(number), at, is_guess=not address)


def _flags(command: tuple[str, ...]) -> dict[str, str]:
    """`--name=value` and `--name value`."""
    found = {name: value for name, equals, value in (word.partition("=") for word in command) if equals}
    return found | {name: value for name, value in pairwise(command) if name.startswith("--")}
