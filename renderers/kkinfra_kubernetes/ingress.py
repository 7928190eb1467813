"""Routes from Traefik to the parts.

Plain `Ingress` objects rather than Traefik's IngressRoute: validators know them, and what is not Traefik's
own survives a change of controller.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.platforms import CertResolver, CertSecret
from kkinfra.spec.stack import Container, Flower, Nginx, StaticFiles, Webapp
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.traefik_middleware import ACCESS, BODY, HEADERS, RATE, REDIRECT, middleware_files, references
from kkinfra_kubernetes.waves import INGRESS, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

PLAIN_ENTRYPOINT = "web"
"""Traefik's usual entry point for HTTP (the Helm chart's default)."""

_HEALTH = {"argocd.argoproj.io/ignore-healthcheck": "true"}
"""Argo CD calls an Ingress healthy once it has an address, which Traefik behind a hostPort never publishes."""
_ROUTER = "traefik.ingress.kubernetes.io/router"
Route = tuple[str, str]
"""Path, and the part that it leads to."""


def ingress_files(cluster: Cluster) -> Iterator[File]:
    """Static files are neither counted nor measured, so they have an Ingress of their own; so has the redirect."""
    yield from middleware_files(cluster)
    project, pages, static = cluster.environment.project, list(_pages(cluster)), list(_static(cluster))
    if pages:
        said = references(cluster, ACCESS, HEADERS, RATE, BODY)
        yield "ingress/ingress.yaml", _ingress(cluster, project, pages, said)
    if static:
        said = references(cluster, ACCESS, HEADERS)
        yield "ingress/ingress-static-files.yaml", _ingress(cluster, f"{project}-static-files", static, said)
    if cluster.environment.tls and (pages or static):
        root = [("/", (pages or static)[-1][1])]
        yield "ingress/ingress-redirect.yaml", _ingress(cluster, f"{project}-redirect", root, {}, redirect=True)


def _pages(cluster: Cluster) -> Iterator[Route]:
    for name, part in cluster.environment.stack.items():
        if isinstance(part, Container) and part.route:
            yield part.route, name
        elif isinstance(part, Flower) and part.expose:
            yield part.path, name
    for name, _ in cluster.environment.parts(Webapp):
        yield "/", name


def _static(cluster: Cluster) -> Iterator[Route]:
    for name, _ in cluster.environment.parts(Nginx):
        for _, static in cluster.environment.parts(StaticFiles):
            yield f"{static.url.rstrip('/')}/", name


def _ingress(
    cluster: Cluster, name: str, routes: list[Route], chain: dict[str, str], *, redirect: bool = False
) -> Object:
    environment = cluster.environment
    tls = environment.tls is not None and not redirect
    annotations = {**annotation(INGRESS), **_HEALTH, **(references(cluster, ACCESS, REDIRECT) if redirect else chain)}
    annotations[f"{_ROUTER}.entrypoints"] = str(cluster.platform.ingress.entrypoint) if tls else PLAIN_ENTRYPOINT
    if tls:
        annotations[f"{_ROUTER}.tls"] = "true"
        if isinstance(environment.tls, CertResolver):
            annotations[f"{_ROUTER}.tls.certresolver"] = str(environment.tls.resolver)
    spec: Object = {
        "ingressClassName": str(cluster.platform.ingress.ingress_class),
        "rules": [{"host": str(environment.domain), "http": {"paths": [_path(*route) for route in routes]}}],
    }
    if tls and isinstance(environment.tls, CertSecret):
        spec["tls"] = [{"hosts": [str(environment.domain)], "secretName": str(environment.tls.name)}]
    metadata = cluster.metadata(name, "ingress", annotations=annotations)
    return manifest("networking.k8s.io/v1", "Ingress", metadata, spec=spec)


def _path(path: str, name: str) -> Object:
    return {"backend": {"service": {"name": name, "port": {"name": "http"}}}, "path": str(path), "pathType": "Prefix"}
