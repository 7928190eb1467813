"""kustomization.yaml: all objects, in the order in which plain apply sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.values.plain import is_mapping
from kkinfra_kubernetes.waves import WAVE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.rendering.artifacts import Artifact
    from kkinfra_kubernetes.cluster import File, Object

NAME = "kustomization.yaml"
ACCESS, ARGOCD = "access/", "argocd/"
"""Directories of what is applied once, by the cluster's owner."""


def manifests(rendered: Iterable[Artifact]) -> Iterator[File]:
    """The files that hold Kubernetes objects and are applied with each release, each with its first object.

    Those of other renderers are among them: YAML whose documents are all objects.
    """
    for artifact in rendered:
        if artifact.path.endswith((".yaml", ".yml")) and not artifact.path.startswith((ACCESS, ARGOCD)):
            found = [artifact.document] if artifact.document is not None else _parsed(artifact)
            if found and all(map(_is_object, found)):
                yield artifact.path, found[0]


def _parsed(artifact: Artifact) -> list[Any]:
    return [each for each in artifact.documents() if each is not None] if "apiVersion" in artifact.content else []


def _is_object(value: Any) -> bool:
    if not is_mapping(value) or not value.get("kind") or value["kind"] == "Kustomization":
        return False
    metadata = value.get("metadata")
    return "apiVersion" in value and is_mapping(metadata) and bool(metadata.get("name"))


def kustomization(files: Iterable[File], directory: str = "") -> Object:
    """Lists files below a directory by wave; `fifo` keeps kustomize from sorting them by kind.

    There is no `images:` here: Argo CD puts in what Image Updater wrote to `.argocd-source-*.yaml`.
    """
    ordered = sorted(files, key=_wave)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [path.removeprefix(directory) for path, _ in ordered],
        "sortOptions": {"order": "fifo"},
    }


def _wave(file: File) -> int:
    annotations: Object = file[1]["metadata"].get("annotations") or {}
    return int(annotations.get(WAVE, 0))
