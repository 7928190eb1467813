"""What is in the cluster, against what is in Git: what Argo CD would change if it applied everything once more."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client.objects import annotations_of, reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.plan.comparison import differs
from kkinfra.targets.kubernetes.plan.difference import ObjectChange, change
from kkinfra.targets.kubernetes.plan.live import Live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

MANAGER = "argocd-controller"
"""Argo CD's field manager of server-side apply (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/)."""

TRACKING = "argocd.argoproj.io/tracking-id"
_OF_ARGOCD = (TRACKING, "argocd.argoproj.io/installation-id")
_HOOK = "argocd.argoproj.io/hook"
_NOT_FOUND = 404


def drifted_objects(api: Api, application: str, objects: Sequence[JSON]) -> list[ObjectChange]:
    """What would change in the namespace of an Application, which is called as it is, without what stays.

    Hooks are run by Argo CD, and are not compared. Raises ClusterError, with status 403 where whoever looks may not
    try out a change.
    """
    wanted = [each for each in objects if _HOOK not in annotations_of(each)]
    live = _observed(api, application, wanted)
    found = together(lambda made: _one(api, made, live), wanted)
    return [each for each in (*found, *_gone(application, wanted, live)) if each.action != "same"]


def _observed(api: Api, namespace: str, wanted: Sequence[JSON]) -> Live:
    """The live objects, each kind listed once; by name where whoever looks need not be allowed to list."""
    kinds = {api.kind_of(each) for each in wanted}
    listed = [kind for kind in kinds if kind.namespaced and kind.kind != "Secret"]
    found = together(lambda kind: api.list(kind, namespace), listed)
    single = together(api.find, [each for each in wanted if api.kind_of(each) not in listed])
    return Live({reference(each): each for each in (*chain.from_iterable(found), *single) if each})


def _one(api: Api, made: JSON, live: Live) -> ObjectChange:
    there = live.get(made)
    if there is None:
        return change(reference(made), None, made)
    applied = _tracked(made, there)
    if not differs(applied, there, MANAGER):
        return ObjectChange(reference(made), "same")
    try:
        after = api.apply(applied, manager=MANAGER, force=True, dry_run=True)
    except ClusterError as error:
        if error.status != _NOT_FOUND:
            raise
        return change(reference(made), None, made)
    return change(reference(made), there, after)


def _gone(application: str, wanted: Sequence[JSON], live: Live) -> list[ObjectChange]:
    """What Argo CD brought there and Git does not have any more."""
    known = {reference(each) for each in wanted}
    return [
        change(name, there, None)
        for name, there in live.objects.items()
        if name not in known and str(annotations_of(there).get(TRACKING, "")).startswith(f"{application}:")
        and _HOOK not in annotations_of(there)
    ]  # fmt: skip


def _tracked(made: JSON, there: JSON) -> JSON:
    """The object with what Argo CD itself adds to it."""
    own = {name: value for name, value in annotations_of(there).items() if name in _OF_ARGOCD}
    if not own:
        return made
    metadata = {**made["metadata"], "annotations": {**annotations_of(made), **own}}
    return {**made, "metadata": metadata}
