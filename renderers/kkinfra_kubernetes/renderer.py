"""The renderer: which part becomes which files."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra.spec.stack import (
    CeleryBeat,
    CeleryWorker,
    Container,
    Cron,
    Flower,
    Job,
    Migration,
    Nginx,
    PostgresqlStatefulSet,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra.values.yaml_text import document
from kkinfra_kubernetes.access import access_files
from kkinfra_kubernetes.argocd import argocd_files
from kkinfra_kubernetes.celery import celery_files
from kkinfra_kubernetes.cluster import Cluster
from kkinfra_kubernetes.container import container_files
from kkinfra_kubernetes.fidelity import FIDELITY
from kkinfra_kubernetes.flower import flower_files
from kkinfra_kubernetes.ingress import ingress_files
from kkinfra_kubernetes.job import job_files
from kkinfra_kubernetes.kustomization import ACCESS, ARGOCD, NAME, kustomization, manifests
from kkinfra_kubernetes.namespace import namespace_files
from kkinfra_kubernetes.nginx import nginx_files
from kkinfra_kubernetes.postgresql import postgresql_files
from kkinfra_kubernetes.redis import redis_files
from kkinfra_kubernetes.secret import secret_files
from kkinfra_kubernetes.static_files import static_volume_files
from kkinfra_kubernetes.webapp import webapp_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kkinfra.rendering.renderer import Fidelity
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Component
    from kkinfra_kubernetes.cluster import File, Object

DIRECTORIES = frozenset({
    "namespace", "secrets", "postgresql", "redis", "webapp", "celery", "flower", "nginx", "ingress", "argocd", "access",
})  # fmt: skip
"""The directories that are always called so; a further part has one of its own name."""


class KubernetesRenderer:
    """Manifests for `kubectl apply -k` and for Argo CD, one object a file."""

    platforms: frozenset[str] = frozenset({"kubernetes"})
    fidelity: Mapping[str, Fidelity] = FIDELITY

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """All objects of an environment; beside them what is applied once, with a kustomization.yaml of its own."""
        cluster = Cluster(environment)
        files = list(_applied(cluster))
        for directory, once in ((ACCESS, access_files(cluster)), (ARGOCD, argocd_files(cluster))):
            if found := list(once):
                files += [*found, (f"{directory}{NAME}", kustomization(found, directory))]
        return [_written(*file) for file in files]

    def index(self, environment: Environment, rendered: Sequence[Artifact]) -> Iterable[Artifact]:  # noqa: ARG002
        """A kustomization.yaml of all objects that are applied, whichever renderer wrote them."""
        return [_written(NAME, kustomization(manifests(rendered)))]


def _written(path: str, content: Object) -> Artifact:
    return Artifact(path, document(content), document=content)


def _applied(cluster: Cluster) -> Iterator[File]:
    parts = (_part_files(cluster, name, part) for name, part in cluster.environment.stack.items())
    yield from chain(namespace_files(cluster), secret_files(cluster), *parts, ingress_files(cluster))


def _part_files(cluster: Cluster, name: str, part: Component) -> Iterator[File]:  # noqa: C901, PLR0911 - one line a kind
    match part:
        case PostgresqlStatefulSet():
            return postgresql_files(cluster, name, part)
        case Redis():
            return redis_files(cluster, name, part)
        case Webapp():
            return webapp_files(cluster, name, part)
        case CeleryWorker() | CeleryBeat():
            return celery_files(cluster, name, part)
        case Flower():
            return flower_files(cluster, name, part)
        case Nginx():
            return nginx_files(cluster, name, part)
        case StaticFiles():
            return static_volume_files(cluster, name, part)
        case Migration():
            return job_files(cluster, name, part, f"webapp/{name}-")
        case Container():
            return container_files(cluster, name, part, _directory(name))
        case Job() | Cron():
            return job_files(cluster, name, part, _directory(name))
        case _:
            return iter(())


def _directory(name: str) -> str:
    return f"part-{name}/" if name in DIRECTORIES else f"{name}/"
