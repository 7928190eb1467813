"""Capacity: what may run at a time fits what it runs on, while it serves and while a deploy goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding
from kkinfra.proving.proofs.cluster_capacity import cluster_capacity
from kkinfra.proving.proofs.documents import COMPOSE_FILE
from kkinfra.proving.proofs.host_capacity import host_capacity
from kkinfra.proving.proofs.redis_memory import redis_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment


class CapacityProof:
    """Adds up limits as they are rendered, against an instance or against nodes."""

    rules: Mapping[str, str] = {
        "peak": "At a deploy's peak, processes within their limits need more memory than there is.",
        "steady": "While it serves, processes within their limits need more memory than there is without swap.",
        "processors": "A process may use, or all together reserve, more processors than there are.",
        "credits": "A burstable instance earns fewer credits than what is reserved would use.",
        "node-lost": "With one node lost, the others have no room for all pods.",
        "pod": "A pod fits no node.",
        "redis": "Redis has too little room beyond its data.",
        "unknown": "What the instance has is not known, so nothing was computed.",
        "fits": "All that may run at a time fits.",
    }

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:
        """Findings on the host or the nodes, then on Redis."""
        platform = environment.platform
        if platform.instance and COMPOSE_FILE in tree:
            yield from host_capacity(environment, platform.instance, tree)
        elif platform.cluster:
            yield from cluster_capacity(platform.cluster.nodes, tree)
        else:
            message = f"what {platform.title} has is not known to kkinfra, so nothing was computed"
            yield Finding("unknown", "note", ("platform",), message)
        yield from redis_memory(environment)
