"""The picture of one host with Docker Compose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import Nginx, PostgresqlRds, StaticFiles
from kkinfra.views.diagrams.access import access_piece
from kkinfra.views.diagrams.delivery import delivery_piece
from kkinfra.views.diagrams.flows import routes, serving_static
from kkinfra.views.diagrams.graph import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Piece
from kkinfra.views.diagrams.parts import data_edges, node_id, part_node, place_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Ec2

_HTTP_PORT = 80


def compose_pieces(environment: Environment, instance: Ec2) -> Iterator[Piece]:
    """Access, delivery, the host with its processes, and the database beside it."""
    cloud = Group(place_id(environment, "aws"), f"AWS {instance.region}", GroupKind.CLOUD, details=_network(instance))
    details = _host(instance, "Docker shares the host's network" if environment.platform.shares_network else "")
    host = Group(place_id(environment, "host"), f"EC2 {instance.instance_type}", GroupKind.HOST, cloud.id, details)
    nginx = environment.part(Nginx)
    yield access_piece(environment, node_id(environment, nginx[0]) if nginx else host.id)
    yield Piece((cloud, host), tuple(_nodes(environment, cloud.id, host.id)), tuple(_edges(environment)))
    yield from _authority(environment)
    yield delivery_piece(environment, host.id)


def _network(instance: Ec2) -> tuple[str, ...]:
    """The VPC, with its zones where kkinfra makes it."""
    zones = f", zones {' and '.join(instance.zones)}" if instance.account else ""
    return (f"VPC{zones}",)


def _host(instance: Ec2, network: str) -> tuple[str, ...]:
    ports = ", ".join(str(int(port)) for port in instance.ports)
    return tuple(filter(None, (f"security group lets in {ports}", network)))


def _nodes(environment: Environment, cloud: str, host: str) -> Iterator[Node]:
    for name, part in environment.stack.items():
        yield part_node(environment, name, cloud if isinstance(part, PostgresqlRds) else host)


def _edges(environment: Environment) -> Iterator[Edge]:
    for _, nginx in serving_static(environment):
        for name, _ in environment.parts(StaticFiles):
            yield Edge(node_id(environment, nginx), node_id(environment, name), "reads", EdgeKind.DATA)
    for name, _ in environment.parts(Nginx):
        for route in routes(environment):
            if route.protocol:
                target = node_id(environment, route.part)
                yield Edge(node_id(environment, name), target, route.protocol, EdgeKind.TRAFFIC)
    yield from data_edges(environment)


def _authority(environment: Environment) -> Iterator[Piece]:
    """Certbot asks for a certificate, and the authority looks whether it is who it says (RFC 8555, 8.3)."""
    if not isinstance(environment.tls, Certbot):
        return
    internet = Group("internet", "Internet", GroupKind.NETWORK)
    title = _host_of(str(environment.tls.server)) if environment.tls.server else "Let's Encrypt"
    authority = Node(f"authority {title}", title, NodeKind.OUTSIDE, internet.id, ("certificates",))
    for name, _ in environment.parts(Nginx):
        edge = Edge(authority.id, node_id(environment, name), f"HTTP-01 :{_HTTP_PORT}", EdgeKind.TRAFFIC)
        yield Piece((internet,), (authority,), (edge,))


def _host_of(address: str) -> str:
    return address.removeprefix("https://").partition("/")[0]
