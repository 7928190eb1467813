"""ConfigMaps with names that stay, and the checksum that rolls pods out when one changes."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from kkinfra.spec.wiring import variables
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import CONFIG, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra_kubernetes.cluster import Cluster, File, Object


def checksum(content: Any) -> str:
    """SHA-256 of plain values, in hexadecimal."""
    return sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def config_map(cluster: Cluster, name: str, kind: str, data: Mapping[str, str]) -> Object:
    """A ConfigMap that belongs to a part and has its name."""
    metadata = cluster.metadata(name, kind, annotations=annotation(CONFIG))
    return manifest("v1", "ConfigMap", metadata, data=data)


class Variables:
    """The variables of a part, as a ConfigMap that its containers read; nothing where it has none."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        """Reads the wiring once."""
        self.cluster = cluster
        self.name = name
        self.data = variables(cluster.environment, name)

    def files(self, prefix: str) -> Iterator[File]:
        """The ConfigMap; `prefix` starts its path."""
        if self.data:
            kind = self.cluster.environment.stack[self.name].kind
            yield f"{prefix}config-map.yaml", config_map(self.cluster, self.name, kind, self.data)

    def env_from(self) -> list[Object]:
        """The container's `envFrom`."""
        return [{"configMapRef": {"name": self.name}}] if self.data else []

    def checksum(self) -> str:
        """What changes when a variable does."""
        return checksum(self.data) if self.data else ""
