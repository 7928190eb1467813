"""Ports: no two processes of a host want the same one, now or while a release is switched to."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.compose_services import containers
from kkinfra.proving.proofs.listeners import listeners
from kkinfra.proving.proofs.pod_ports import pod_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.proving.proofs.listeners import Listener
    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment

_PRIVILEGED_BELOW = 1024
_OUTGOING = range(32768, 61000)
"""Both are Linux's defaults, which Docker changes only where a container has a network of its own.

https://docs.kernel.org/networking/ip-sysctl.html: ip_unprivileged_port_start, ip_local_port_range
"""


class PortsProof:
    """Compares all listeners, read from commands and configurations; both colours of the webapp are up in a switch."""

    rules: Mapping[str, str] = {
        "taken": "Two processes want the same port or socket of a host.",
        "privileged": "A process without the right to it wants a port below 1024.",
        "outgoing": "A port may be in use by an outgoing connection when its process starts.",
        "listeners": "Who listens where.",
    }

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:
        """Findings on a host; pods have a network each. Of what shares nothing and has no pods, nothing is known."""
        if not environment.platform.shares_network:
            yield from pod_ports(tree) if environment.platform.cluster else ()
            return
        found = listeners(environment, tree)
        for one, other in combinations(found, 2):
            if _clash(one, other):
                yield _taken(one, other)
        unprivileged = {each.name: each.user for each in containers(environment, tree) if not each.binds_low_ports}
        for each in found:
            yield from _number(each, unprivileged)
        rows = tuple(Row(each.process, str(each), each.at) for each in found)
        yield Finding("listeners", "note", ("platform",), f"{len(found)} listeners, also during a switch", "", rows)


def _clash(one: Listener, other: Listener) -> bool:
    """The same socket, or the same port on addresses that overlap."""
    if one.port == 0 or other.port == 0:
        return one.process != other.process and str(one) == str(other)
    return one.overlaps(other)


def _taken(one: Listener, other: Listener) -> Finding:
    rows = tuple(Row(each.process, str(each), each.at) for each in (one, other))
    message = f"{other} is taken by {'.'.join(str(step) for step in one.at)}, {one}, on the same host"
    return Finding("taken", "error", other.at, message, "choose another port", rows)


def _number(listener: Listener, unprivileged: Mapping[str, str]) -> Iterator[Finding]:
    rows = (Row(listener.process, str(listener), listener.at),)
    if 0 < listener.port < _PRIVILEGED_BELOW and listener.process in unprivileged:
        message = f"{listener.port} is for root, and {listener.process} runs as {unprivileged[listener.process]}"
        yield Finding("privileged", "error", listener.at, message, f"choose {_PRIVILEGED_BELOW} or more", rows)
    if listener.port in _OUTGOING:
        span = f"{_OUTGOING.start} to {_OUTGOING.stop - 1}"
        message = f"{listener.port} may be an outgoing connection's, which get {span}, when {listener.part} starts"
        yield Finding("outgoing", "warning", listener.at, message, f"choose a port below {_OUTGOING.start}", rows)
