"""Argo CD: the Application, the project that confines it, and Image Updater."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.rendered_kinds import CLUSTER_KINDS, NAMESPACE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.platforms import GitOps, ImageUpdater
    from kkinfra_kubernetes.cluster import Cluster, File, Object

_IN_CLUSTER = "https://kubernetes.default.svc"
_SEEN_KINDS = (("", "Pod"), ("apps", "ReplicaSet"))
"""Never rendered, but the project also decides what Argo CD sees of what runs, and Image Updater reads from there
which images do."""


def argocd_files(cluster: Cluster) -> Iterator[File]:
    """What is applied once, to Argo CD's own namespace; nothing where Argo CD does not deliver."""
    delivery = cluster.gitops
    if delivery is None:
        return
    yield "argocd/app-project.yaml", _project(cluster, delivery)
    yield "argocd/application.yaml", _application(cluster, delivery)
    if delivery.image_updater:
        yield "argocd/image-updater.yaml", _image_updater(cluster, delivery, delivery.image_updater)


def _metadata(cluster: Cluster, delivery: GitOps, annotations: dict[str, str] | None = None) -> Object:
    name, part, namespace = cluster.namespace, cluster.environment.project, str(delivery.argocd_namespace)
    return cluster.metadata(name, "argocd", part=part, namespace=namespace, annotations=annotations)


def _project(cluster: Cluster, delivery: GitOps) -> Object:
    """https://argo-cd.readthedocs.io/en/stable/operator-manual/project-specification/."""
    namespaced = sorted((*NAMESPACE_KINDS, *_SEEN_KINDS))
    spec = {
        "clusterResourceWhitelist": [{"group": group, "kind": kind} for group, kind in CLUSTER_KINDS],
        "description": f"{cluster.environment.project} {cluster.environment.name}",
        "destinations": [{"namespace": cluster.namespace, "server": _IN_CLUSTER}],
        "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind in namespaced],
        "sourceRepos": [str(delivery.repository)],
    }
    return manifest("argoproj.io/v1alpha1", "AppProject", _metadata(cluster, delivery), spec=spec)


def _application(cluster: Cluster, delivery: GitOps) -> Object:
    """No finalizer: deleting or renaming the Application leaves what runs alone.

    No PruneLast: it would make each sync wait until the last wave, the ingress, is healthy.
    https://argo-cd.readthedocs.io/en/stable/operator-manual/application.yaml
    """
    retry = {"backoff": {"duration": "10s", "factor": 2, "maxDuration": "5m"}, "limit": 5}
    automated = {"allowEmpty": False, "prune": True, "selfHeal": True}
    options = ["ServerSideApply=true", "PrunePropagationPolicy=foreground"]
    annotations = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
    spec = {
        "destination": {"namespace": cluster.namespace, "server": _IN_CLUSTER},
        "project": cluster.namespace,
        "revisionHistoryLimit": 10,
        "source": {
            "path": str(delivery.path),
            "repoURL": str(delivery.repository),
            "targetRevision": delivery.branch,
        },
        "syncPolicy": {"automated": automated, "retry": retry, "syncOptions": options},
    }
    return manifest("argoproj.io/v1alpha1", "Application", _metadata(cluster, delivery, annotations), spec=spec)


def _image_updater(cluster: Cluster, delivery: GitOps, updater: ImageUpdater) -> Object:
    """Image Updater's own resource, and not the annotations of before version 1.

    https://argocd-image-updater.readthedocs.io/en/stable/configuration/applications/
    """
    written = f"{delivery.path}/.argocd-source-{cluster.namespace}.yaml"
    annotations = {
        "kkinfra/needs": _needs(cluster, delivery),
        "kkinfra/tag": f"Image Updater commits the tag to {written}, which rendering never writes.",
    }
    settings: Object = {"allowTags": f"regexp:{updater.tags}", "updateStrategy": updater.strategy}
    if cluster.environment.registry:
        settings["pullSecret"] = f"pullsecret:{delivery.argocd_namespace}/{_registry_copy(cluster)}"
    image = {
        "alias": cluster.environment.project,
        "commonUpdateSettings": settings,
        "imageName": _tracked(cluster, updater),
    }
    application = {"images": [image], "namePattern": cluster.namespace, "useAnnotations": False}
    spec = {
        "applicationRefs": [application],
        "writeBackConfig": {"gitConfig": {"branch": delivery.branch}, "method": "git"},
    }
    metadata = _metadata(cluster, delivery, annotations)
    return manifest("argocd-image-updater.argoproj.io/v1alpha1", "ImageUpdater", metadata, spec=spec)


def _registry_copy(cluster: Cluster) -> str:
    return f"{cluster.namespace}-registry"


def _needs(cluster: Cluster, delivery: GitOps) -> str:
    """Commits are pushed with the credentials that Argo CD has for the repository."""
    needs = f"credentials of the repository in Argo CD that may push to {delivery.repository}."
    if cluster.environment.registry:
        needs += (
            f" And a copy of the Secret registry, called {_registry_copy(cluster)}, in {delivery.argocd_namespace}:"
            " Image Updater reads none of other namespaces."
        )
    return needs


def _tracked(cluster: Cluster, updater: ImageUpdater) -> str:
    """With `digest` the tag says which tag is followed; with `semver` it would allow that version alone."""
    image = cluster.environment.image
    return f"{image.repository}:{image.tag}" if updater.strategy == "digest" else image.repository
