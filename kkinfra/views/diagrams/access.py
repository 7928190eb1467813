"""Where requests come from: the internet, or a VPN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Nginx
from kkinfra.views.diagrams.graph import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Piece

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def access_piece(environment: Environment, entry: str) -> Piece:
    """People in the network that is let in, and their way to `entry`."""
    vpn = ", ".join(str(network) for network in environment.access.vpn)
    group = (
        Group(f"vpn {vpn}", f"VPN {vpn}", GroupKind.NETWORK)
        if vpn
        else Group("internet", "Internet", GroupKind.NETWORK)
    )
    people = Node(f"people {environment.domain}", "People", NodeKind.PEOPLE, group.id, (str(environment.domain),))
    return Piece((group,), (people,), (Edge(people.id, entry, _protocol(environment), EdgeKind.TRAFFIC),))


def _protocol(environment: Environment) -> str:
    """HTTPS with its port, or HTTP where there is no certificate. In a cluster, the ingress has the schemes' own."""
    scheme, port = ("HTTPS", 443) if environment.tls else ("HTTP", 80)
    nginx = environment.part(Nginx)
    if nginx and environment.platform.nginx_is_entrance:
        port = int(nginx[1].https_port if environment.tls else nginx[1].http_port)
    return f"{scheme} :{port}"
