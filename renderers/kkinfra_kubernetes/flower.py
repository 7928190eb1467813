"""Flower, which is reached through the ingress if it is exposed, and by port-forward if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.probes import http, three
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Flower
    from kkinfra_kubernetes.cluster import Cluster, File


def flower_files(cluster: Cluster, name: str, flower: Flower) -> Iterator[File]:
    """All objects of Flower, whose /healthcheck needs no login."""
    path = f"{flower.path.rstrip('/')}/healthcheck"
    probes = three(http(path, {}, period=2, failures=60), http(path, {}, failures=6), http(path, {}))
    yield from Workload(cluster, name, flower, "flower/", probes, flower.port).files()
    yield "flower/service.yaml", service(cluster, name, flower.port, "http")
