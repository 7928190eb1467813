"""kustomization.yaml: all objects, in the order in which plain apply sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.waves import WAVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra_kubernetes.cluster import File, Object

NAME = "kustomization.yaml"


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
    return int(file[1]["metadata"].get("annotations", {}).get(WAVE, 0))
