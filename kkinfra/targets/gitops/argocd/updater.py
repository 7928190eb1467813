"""Argo CD Image Updater, which is held back while an environment stays rolled back.

Its resource is applied once and is not in Git, so it is changed in the cluster. A pattern that ignores every tag stops
it and leaves all settings where they are:
https://argocd-image-updater.readthedocs.io/en/stable/configuration/images/#ignoring-certain-tags
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.api import suppress_status
from kkinfra.targets.kubernetes.client.objects import items, part

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.kinds import Kind
    from kkinfra.targets.kubernetes.client.objects import JSON

GROUP, VERSION, KIND = "argocd-image-updater.argoproj.io", "v1alpha1", "ImageUpdater"
MANAGER = "kkinfra-suspend"
"""The field manager that owns the pattern, and nothing else: giving it up resumes."""

_EVERY_TAG = ["*"]
_NOT_FOUND = 404


def suspend(api: Api, namespace: str, name: str) -> bool:
    """Let it choose no tag any more; False where there is none. Raises ClusterError where it cannot be stopped.

    What is set for all images holds for each that has nothing of its own, which is refused here.
    """
    found = _found(api, namespace, name)
    if found is None:
        return False
    own = [str(each.get("alias", "")) for each in _images(found) if _ignored(each) not in (None, _EVERY_TAG)]
    if own:
        raise ClusterError(
            f"imageupdater/{name} has ignoreTags of its own for {', '.join(own)}, which would go on choosing tags; "
            "remove them, or write '*' there"
        )
    spec = {"commonUpdateSettings": {"ignoreTags": _EVERY_TAG}}
    api.apply({**_named(namespace, name), "spec": spec}, manager=MANAGER)
    return True


def resume(api: Api, namespace: str, name: str) -> bool:
    """Let it choose tags again, as it is set up; False where there is none. Raises ClusterError."""
    if _found(api, namespace, name) is None:
        return False
    api.apply(_named(namespace, name), manager=MANAGER)
    return True


def is_suspended(api: Api, namespace: str, name: str) -> bool:
    """Whether it chooses no tag; False where there is none."""
    found = _found(api, namespace, name)
    return found is not None and _ignored(part(found, "spec")) == _EVERY_TAG


def _found(api: Api, namespace: str, name: str) -> JSON | None:
    kind: Kind | None = None
    with suppress_status(_NOT_FOUND):
        kind = api.kind(GROUP, VERSION, KIND)
    return api.get(kind, namespace, name) if kind else None


def _images(updater: JSON) -> list[JSON]:
    references = items(updater, "spec", "applicationRefs")
    return [*references, *(image for each in references for image in items(each, "images"))]


def _ignored(settings: JSON) -> object:
    return part(settings, "commonUpdateSettings").get("ignoreTags")


def _named(namespace: str, name: str) -> JSON:
    return {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND, "metadata": {"name": name, "namespace": namespace}}
