"""Ports in a cluster: each pod has a network of its own, so only its own containers share ports."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.cluster_exposure import ports_of
from kkinfra.proving.proofs.documents import objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.rendering.artifacts import ArtifactTree


def pod_ports(tree: ArtifactTree) -> Iterator[Finding]:
    """Two containers of a pod with one port, or two workloads with one port of the node."""
    found = [port for each in objects(tree) for port in ports_of(each)]
    within = Counter((port.part, port.number) for port in found)
    nodes = Counter(port.number for port in found if port.is_on_node)
    for port in dict.fromkeys((port.part, port.number) for port in found):
        part, number = port
        rows = tuple(Row(each.part, str(each.number), ("stack", each.part)) for each in found if each.number == number)
        if within[port] > 1 or nodes[number] > 1:
            message = f"{number} is wanted by {max(within[port], nodes[number])} containers that share a network"
            yield Finding("taken", "error", ("stack", part), message, "choose another port", rows)
    rows = tuple(Row(port.part, str(port.number), ("stack", port.part)) for port in found)
    yield Finding(
        "listeners", "note", ("platform",), f"{len(found)} listeners, each pod with a network of its own", "", rows
    )
