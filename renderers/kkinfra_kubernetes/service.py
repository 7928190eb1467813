"""Services, with the API server's defaults (addresses are the cluster's to give)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.waves import annotation, wave_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra_kubernetes.cluster import Cluster, Object


def service(
    cluster: Cluster,
    name: str,
    number: int,
    target: str,
    *,
    headless: bool = False,
    annotations: Mapping[str, str] | None = None,
) -> Object:
    """A Service that has the name of its part, since that is the host under which the others find it."""
    part = cluster.environment.stack[name]
    said = {**annotation(wave_of(cluster.environment, name)), **(annotations or {})}
    spec: Object = {"clusterIP": "None"} if headless else {}
    spec |= {
        "internalTrafficPolicy": "Cluster",
        "ipFamilyPolicy": "SingleStack",
        "ports": [{"name": target, "port": int(number), "protocol": "TCP", "targetPort": target}],
        "selector": cluster.selector(name),
        "sessionAffinity": "None",
        "type": "ClusterIP",
    }
    metadata = cluster.metadata(name, part.kind, annotations=said)
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
