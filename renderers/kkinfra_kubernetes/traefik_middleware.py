"""Traefik's Middlewares: who is let in, how often, and with how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Nginx
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import INGRESS, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

ACCESS, REDIRECT, HEADERS, RATE, BODY = "access", "redirect", "headers", "rate", "body"
_BURST = 2  # times the rate
_HSTS_SECONDS = 63072000  # https://wiki.mozilla.org/Security/Server_Side_TLS
_NEEDS = (
    "Traefik must see the clients' own addresses: externalTrafficPolicy Local on its Service, or hostPort;"
    " behind a proxy, ipStrategy as well."
)


def middlewares(cluster: Cluster) -> dict[str, Object]:
    """The specs by name (https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/overview/)."""
    environment, found = cluster.environment, dict[str, "Object"]()
    if environment.access.vpn:
        found[ACCESS] = {"ipAllowList": {"sourceRange": [str(network) for network in environment.access.vpn]}}
    if environment.tls:
        found[REDIRECT] = {"redirectScheme": {"permanent": True, "scheme": "https"}}
        found[HEADERS] = {"headers": {"stsSeconds": _HSTS_SECONDS}}
    for _, nginx in environment.parts(Nginx):
        found[RATE] = {"rateLimit": {"average": nginx.rate, "burst": nginx.rate * _BURST, "period": "1s"}}
        found[BODY] = {"buffering": {"maxRequestBodyBytes": nginx.max_body.bytes}}
    return found


def references(cluster: Cluster, *names: str) -> dict[str, str]:
    """The annotation that puts Middlewares before an Ingress, in this order, where they are there."""
    there = middlewares(cluster)
    chain = ",".join(f"{cluster.namespace}-{name}@kubernetescrd" for name in names if name in there)
    return {"traefik.ingress.kubernetes.io/router.middlewares": chain} if chain else {}


def middleware_files(cluster: Cluster) -> Iterator[File]:
    """One file for each."""
    for name, spec in middlewares(cluster).items():
        annotations = annotation(INGRESS)
        if name == ACCESS:
            annotations["kkinfra/needs"] = _NEEDS
        metadata = cluster.metadata(name, "ingress", annotations=annotations)
        yield f"ingress/middleware-{name}.yaml", manifest("traefik.io/v1alpha1", "Middleware", metadata, spec=spec)
