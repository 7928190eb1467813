"""Who reaches what: a row for each listener, a column for each place that somebody may come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.values.document import Steps

INTERNET, NETWORKS, VPN, VPC, CLUSTER, INGRESS, ENVIRONMENT, LOOPBACK = (
    "internet", "networks", "vpn", "vpc", "cluster", "ingress", "environment", "loopback",
)  # fmt: skip

SOURCES = {
    INTERNET: "anybody on the internet",
    NETWORKS: "networks that are named, such as ssh_from",
    VPN: "the VPN's networks (access.vpn)",
    VPC: "other hosts of the VPC",
    CLUSTER: "any pod of another namespace",
    INGRESS: "the ingress controller",
    ENVIRONMENT: "parts of the same environment",
    LOOPBACK: "processes on the same host",
}
"""The columns, in their order, and whom each means."""


@dataclass(frozen=True, slots=True)
class Reach:
    """A listener of a part, and the ways that lead to it by where they come from: `{"internet": "nginx /"}`.

    `listener` is a port with its address, or a socket's path; `at` is the field that it follows from. A source
    without a way does not reach it.
    """

    part: str
    listener: str
    at: Steps
    ways: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def name(self) -> str:
        """The listener, with its part where that is not in it."""
        return self.listener if self.listener.startswith(self.part) else f"{self.part} {self.listener}"

    def add(self, source: str, way: str) -> None:
        """One more way."""
        if way not in self.ways.get(source, ()):
            self.ways[source] = (*self.ways.get(source, ()), way)

    def from_networks(self, networks: Iterable[str], way: str, vpn: Iterable[str], *, in_vpc: bool = False) -> None:
        """A way that is open to some networks, in CIDR notation (RFC 4632)."""
        for network in networks:
            inside = [each for each in vpn if _covers(network, each)]
            if ip_network(network).prefixlen == 0:
                self.add(INTERNET, way)
                if in_vpc:
                    self.add(VPC, way)
            elif not inside:
                self.add(NETWORKS, f"{way} from {network}")
            if inside:
                self.add(VPN, way)


def _covers(network: str, other: str) -> bool:
    outer, inner = ip_network(network), ip_network(other)
    if isinstance(outer, IPv4Network):
        return isinstance(inner, IPv4Network) and inner.subnet_of(outer)
    return isinstance(inner, IPv6Network) and inner.subnet_of(outer)
