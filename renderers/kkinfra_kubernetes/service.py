"""Services, with the API server's defaults (addresses are the cluster's to give)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import PostgresqlStatefulSet
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import annotation, wave_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra_kubernetes.cluster import Cluster, Object


def service(
    cluster: Cluster, name: str, number: int, target: str, annotations: Mapping[str, str] | None = None
) -> Object:
    """A Service that has the name of its part, since that is the host under which the others find it.

    That of a StatefulSet is headless.
    """
    part = cluster.environment.stack[name]
    said = {**annotation(wave_of(cluster.environment, name)), **(annotations or {})}
    spec: Object = {"clusterIP": "None"} if isinstance(part, PostgresqlStatefulSet) else {}
    spec |= {
        "internalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"name": target, "port": int(number), "protocol": "TCP", "targetPort": target}],
        "selector": cluster.selector(name),
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }
    metadata = cluster.metadata(name, part.kind, annotations=said)
    return manifest("v1", "Service", metadata, spec=spec)
