"""Any other service that a product runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.probes import Probe, connect, http, three
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Container
    from kkinfra_kubernetes.cluster import Cluster, File


def container_files(cluster: Cluster, name: str, part: Container, prefix: str) -> Iterator[File]:
    """All objects of a container."""
    yield from Workload(cluster, name, part, prefix, _probes(part), part.port).files()
    if part.port:
        yield f"{prefix}service.yaml", service(cluster, name, part.port, "http")


def _probes(part: Container) -> dict[str, Probe]:
    """By the path that answers while it is healthy, else by the port, else none: the process is all there is."""
    if part.ready:
        return three(
            http(part.ready, {}, period=2, failures=60), http(part.ready, {}, failures=6), http(part.ready, {})
        )
    if part.port:
        return three(connect(period=2, failures=60), connect(failures=6), connect())
    return {}
