"""Deletion: preconditions, propagation, finalizers and grace.

https://kubernetes.io/docs/concepts/architecture/garbage-collection/ and
https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cluster_double.statuses import precondition_failed, success

if TYPE_CHECKING:
    from cluster_double.kinds import JSON, Resource
    from cluster_double.store import Store

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"
_RETURNED = frozenset(  # `ReturnDeletedObject` in kubernetes/pkg/registry
    ("Pod", "PersistentVolume", "PersistentVolumeClaim", "ResourceQuota", "Service", "ServiceAccount", "StorageClass")
)
_FINALIZERS = {"Foreground": FOREGROUND, "Orphan": ORPHAN}
JOB_WARNING = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or "
    "set propagationPolicy=Orphan to suppress this warning"
)


@dataclass(frozen=True, slots=True)
class Deletion:
    """How one object goes. `warnings` are sent in the answer's headers."""

    store: Store
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)

    def delete(self, resource: Resource, obj: JSON, options: JSON) -> JSON:
        """A Status where it is gone (of some kinds the object), the object where it goes later.

        Raises Refused (409) on a precondition.
        """
        self._refuse(resource, obj, options.get("preconditions") or {})
        metadata = obj["metadata"]
        ending = _finalizers(obj, self._policy(resource, options))
        grace = _grace(resource, obj, options)
        if not ending and not grace and not (resource.kind == "Namespace" and obj["spec"].get("finalizers")):
            gone = obj if self.dry_run else self.store.remove(resource, obj)
            if resource.kind in _RETURNED:
                return gone
            return success(resource, metadata["name"], metadata["uid"])
        before = dict(metadata)
        if ending:
            metadata["finalizers"] = ending
        _mark(resource, obj, grace)
        return obj if self.dry_run or metadata == before else self.store.put(resource, obj)

    def _policy(self, resource: Resource, options: JSON) -> str:
        if options.get("propagationPolicy"):
            return options["propagationPolicy"]
        if "orphanDependents" in options:
            return "Orphan" if options["orphanDependents"] else "Background"
        if resource.kind == "Job":
            self.warnings.append(JOB_WARNING)
            return "Orphan"
        return "Background"

    def _refuse(self, resource: Resource, obj: JSON, wanted: JSON) -> None:
        metadata = obj["metadata"]
        if wanted.get("uid", metadata["uid"]) != metadata["uid"]:
            why = (
                f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({metadata['uid']}). "
                "The object might have been deleted and then recreated"
            )
            raise precondition_failed(resource, metadata["name"], why)
        if wanted.get("resourceVersion", metadata["resourceVersion"]) != metadata["resourceVersion"]:
            why = (
                f"the ResourceVersion in the precondition ({wanted['resourceVersion']}) does not match the "
                f"ResourceVersion in record ({metadata['resourceVersion']}). The object might have been modified"
            )
            raise precondition_failed(resource, metadata["name"], why)

    def finished(self, resource: Resource, obj: JSON) -> JSON:
        """Remove an object that goes, and that nothing holds any more."""
        metadata = obj["metadata"]
        if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
            return obj
        if resource.kind == "Namespace" and obj.get("spec", {}).get("finalizers"):
            return obj
        if metadata.get("deletionGracePeriodSeconds"):
            return obj
        return self.store.remove(resource, obj)


def _finalizers(obj: JSON, policy: str) -> list[str]:
    held = [each for each in obj["metadata"].get("finalizers") or [] if each not in _FINALIZERS.values()]
    return held + ([_FINALIZERS[policy]] if policy in _FINALIZERS else [])


def _grace(resource: Resource, obj: JSON, options: JSON) -> int:
    if resource.kind != "Pod":
        return 0
    asked = options.get("gracePeriodSeconds")
    grace = obj["spec"].get("terminationGracePeriodSeconds", 30) if asked is None else asked
    return grace if obj["spec"].get("nodeName") and not _over(obj) else 0


def _over(obj: JSON) -> bool:
    return obj.get("status", {}).get("phase") in ("Succeeded", "Failed")


def _mark(resource: Resource, obj: JSON, grace: int) -> None:
    metadata = obj["metadata"]
    if not metadata.get("deletionTimestamp"):
        ends = datetime.now(UTC) + timedelta(seconds=grace)
        metadata["deletionTimestamp"] = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        if resource.kind != "Namespace":
            metadata["deletionGracePeriodSeconds"] = grace
        if resource.generation:
            metadata["generation"] = metadata.get("generation", 0) + 1
    if resource.kind == "Namespace":
        obj["status"] = obj.get("status", {}) | {"phase": "Terminating"}
