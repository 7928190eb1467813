"""Who reaches what on one host: listeners, behind the security group, and what Nginx leads to."""

from __future__ import annotations

from posixpath import dirname
from typing import TYPE_CHECKING

from kkinfra.proving.proofs.listeners import is_loopback, listeners
from kkinfra.proving.proofs.nginx_routes import FILES, ITSELF, routes
from kkinfra.proving.proofs.reach import ENVIRONMENT, INTERNET, LOOPBACK, Reach
from kkinfra.proving.proofs.security_groups import EVERYBODY, is_database_public, opened
from kkinfra.spec.stack import PostgresqlRds, StaticFiles

if TYPE_CHECKING:
    from kkinfra.proving.proofs.listeners import Listener
    from kkinfra.proving.proofs.nginx_routes import NginxRoute
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2


def host_exposure(environment: Environment, host: Ec2, tree: ArtifactTree) -> list[Reach]:
    """A row for each listener, for the files that Nginx serves, and for the database."""
    groups, found = opened(environment, host, tree), listeners(environment, tree)
    rows: dict[Listener, Reach] = {}
    for each in found:
        row = rows[each] = Reach(each.part, str(each), each.at)
        row.add(LOOPBACK if each.port else ENVIRONMENT, "TCP" if each.port else "the socket's volume")
        if not each.is_loopback:
            way = f"port {each.port}{', where its image listens so' if each.is_guess else ''}"
            row.from_networks(groups.get(each.port, ()), way, environment.access.vpn, in_vpc=True)
    files = [Reach(name, str(part.directory), ("stack", name)) for name, part in environment.parts(StaticFiles)]
    for route in routes(tree):
        for port, networks in _entries(groups, route):
            for row in [*files] if route.target == FILES else _led_to(rows, route):
                row.from_networks(networks, f"nginx :{port} {route.path}", environment.access.vpn, in_vpc=True)
    return [*rows.values(), *files, *_database(environment, tree)]


def _entries(groups: dict[int, tuple[str, ...]], route: NginxRoute) -> list[tuple[int, tuple[str, ...]]]:
    """The ports through which a route is asked, and the networks that come that far: group first, then `allow`."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for written in route.listens:
        address, _, number = written.rpartition(":")
        port = int(number) if number.isdigit() else 0
        networks = groups.get(port, ())
        if route.networks:
            networks = route.networks if EVERYBODY in networks else tuple(set(networks) & set(route.networks))
        if port and networks and not is_loopback(address):
            found.append((port, networks))
    return found


def _led_to(rows: dict[Listener, Reach], route: NginxRoute) -> list[Reach]:
    """The listeners behind a route; `current.sock` is a link to a socket beside it."""
    if route.target == ITSELF:
        return []
    if route.target.startswith("/"):
        directory = dirname(route.target)
        return [row for each, row in rows.items() if not each.port and dirname(each.address) == directory]
    port = route.target.rpartition(":")[2]
    return [row for each, row in rows.items() if str(each.port) == port]


def _database(environment: Environment, tree: ArtifactTree) -> list[Reach]:
    """Where no template makes it, who reaches the database is decided elsewhere, and not told here."""
    found: list[Reach] = []
    for name, database in environment.parts(PostgresqlRds):
        row = Reach(name, f"{database.endpoint}:{database.port}", ("stack", name, "endpoint"))
        row.add(ENVIRONMENT, "TCP")
        if is_database_public(tree):
            row.add(INTERNET, "its security group")
        found.append(row)
    return found


def unanswered(environment: Environment, host: Ec2, tree: ArtifactTree) -> list[int]:
    """Ports that the security group opens and nothing listens on."""
    taken = {each.port for each in listeners(environment, tree) if not each.is_loopback}
    return sorted(set(opened(environment, host, tree)) - taken)
