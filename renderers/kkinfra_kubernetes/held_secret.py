"""A Secret that holds values, as an operator in the cluster is to make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra_kubernetes.cluster import Cluster, Object

PULL_SECRET = "registry"  # noqa: S105 - the name of an object


@dataclass(frozen=True)
class HeldSecret:
    """`keys` are the names of secrets by the key that they have in it."""

    name: str
    type: str
    keys: Mapping[str, str]

    def labels(self, cluster: Cluster) -> Object:
        """Its own, so that the operator copies none of those by which Argo CD and kkinfra know what is theirs."""
        return {"labels": {"app.kubernetes.io/part-of": cluster.environment.project}}
