"""The garbage collector: what has lost its owner goes, or is let go of.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from cluster_double.controllers.world import is_leaving
from cluster_double.deletion import FOREGROUND, ORPHAN
from cluster_double.statuses import Refused

if TYPE_CHECKING:
    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON


def reconcile(world: World) -> None:
    everything = [
        obj for resource in list(world.registry.resources.values()) for obj in world.registry.store.all(resource)
    ]
    by_uid = {obj["metadata"]["uid"]: obj for obj in everything}
    dependents: dict[str, list[JSON]] = {}
    for obj in everything:
        for owner in obj["metadata"].get("ownerReferences") or []:
            dependents.setdefault(owner["uid"], []).append(obj)
    for obj in everything:
        with suppress(Refused):
            _collect(world, obj, by_uid, dependents.get(obj["metadata"]["uid"], []))


def _collect(world: World, obj: JSON, by_uid: dict[str, JSON], dependents: list[JSON]) -> None:
    finalizers = obj["metadata"].get("finalizers") or []
    if is_leaving(obj) and FOREGROUND in finalizers:
        for each in dependents:
            if not is_leaving(each):
                world.delete(each, "Foreground")
        if not dependents:
            _without(world, obj, FOREGROUND)
    elif is_leaving(obj) and ORPHAN in finalizers:
        for each in dependents:
            _orphan(world, each, obj["metadata"]["uid"])
        _without(world, obj, ORPHAN)
    owners = obj["metadata"].get("ownerReferences") or []
    if owners and not is_leaving(obj) and not any(owner["uid"] in by_uid for owner in owners):
        world.delete(obj)


def _without(world: World, obj: JSON, finalizer: str) -> None:
    obj["metadata"]["finalizers"] = [each for each in obj["metadata"]["finalizers"] if each != finalizer]
    world.update(obj)


def _orphan(world: World, obj: JSON, uid: str) -> None:
    owners = [owner for owner in obj["metadata"]["ownerReferences"] if owner["uid"] != uid]
    obj["metadata"]["ownerReferences"] = owners
    world.update(obj)
