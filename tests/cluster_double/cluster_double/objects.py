"""The objects of the cluster, for tests to look at and to change behind the client's back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cluster_double.deletion import Deletion
from cluster_double.patches import MERGE_PATCH
from cluster_double.registry import Registry, Target, Write

if TYPE_CHECKING:
    from cluster_double.kinds import JSON


@dataclass(frozen=True, slots=True)
class Objects:
    """By kind, name and namespace; the namespace is left out where the kind has none."""

    registry: Registry

    def find(self, kind: str, name: str, namespace: str = "") -> JSON | None:
        return self.registry.store.get(self.registry.of_kind(kind), namespace, name)

    def get(self, kind: str, name: str, namespace: str = "") -> JSON:
        """Raises Refused (404)."""
        return self.registry.get(self._target(kind, name, namespace))

    def all(self, kind: str, namespace: str = "") -> list[JSON]:
        return self.registry.store.all(self.registry.of_kind(kind), namespace)

    def names(self, kind: str, namespace: str = "") -> list[str]:
        return [obj["metadata"]["name"] for obj in self.all(kind, namespace)]

    def create(self, obj: JSON, manager: str = "test") -> JSON:
        resource = self.registry.of_kind(obj["kind"])
        return self.registry.create(resource, obj["metadata"].get("namespace", ""), obj, Write(manager))

    def apply(self, obj: JSON, manager: str, *, force: bool = False) -> JSON:
        """Server-side apply as another manager."""
        target = self._target(obj["kind"], obj["metadata"]["name"], obj["metadata"].get("namespace", ""))
        return self.registry.apply(target, obj, Write(manager, force=force), lambda: None)[0]

    def patch(
        self, kind: str, name: str, namespace: str, patch: Any, *, manager: str = "kubectl-edit", subresource: str = ""
    ) -> JSON:  # fmt: skip
        """A merge patch, as somebody's edit by hand."""
        write = Write(manager, subresource=subresource)
        return self.registry.patch(self._target(kind, name, namespace), patch, MERGE_PATCH, write)

    def delete(self, kind: str, name: str, namespace: str = "", policy: str = "Background") -> None:
        target = self._target(kind, name, namespace)
        with self.registry.store.lock:
            obj = self.registry.get(target)
            Deletion(self.registry.store).delete(target.resource, obj, {"propagationPolicy": policy})

    def _target(self, kind: str, name: str, namespace: str) -> Target:
        return Target(self.registry.of_kind(kind), namespace, name)
