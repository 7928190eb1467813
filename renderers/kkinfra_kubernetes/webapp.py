"""The Django application: Deployment, Service, and how long Traefik waits for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.probes import of_webapp
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.static_files import collected_into
from kkinfra_kubernetes.waves import WORKLOADS, annotation
from kkinfra_kubernetes.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Webapp
    from kkinfra_kubernetes.cluster import Cluster, File, Object


def webapp_files(cluster: Cluster, name: str, webapp: Webapp) -> Iterator[File]:
    """All objects of the webapp; its static files are in place before its first page refers to them."""
    init, volumes = collected_into(cluster)
    probes = of_webapp(cluster.environment, webapp)
    yield from Workload(cluster, name, webapp, "webapp/", probes, webapp.port, init, volumes).files()
    transport = f"{cluster.namespace}-{name}@kubernetescrd"
    annotations = {"traefik.ingress.kubernetes.io/service.serverstransport": transport}
    yield "webapp/service.yaml", service(cluster, name, webapp.port, "http", annotations)
    yield "webapp/servers-transport.yaml", _transport(cluster, name, webapp)


def _transport(cluster: Cluster, name: str, webapp: Webapp) -> Object:
    timeouts = {"dialTimeout": "5s", "responseHeaderTimeout": f"{webapp.timeout.seconds}s"}
    metadata = cluster.metadata(name, webapp.kind, annotations=annotation(WORKLOADS))
    return manifest("traefik.io/v1alpha1", "ServersTransport", metadata, spec={"forwardingTimeouts": timeouts})
