"""What the cluster holds: objects under one counter of versions, and what became of them, for watches."""

from __future__ import annotations

import pickle
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_double.kinds import JSON, Resource

Key = tuple[str, str, str, str]  # group, plural, namespace, name


def clone(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a watch."""

    version: int
    type: str
    group: str
    plural: str
    obj: JSON
    before: JSON | None = None


@dataclass(slots=True)
class Store:
    """Objects by key. Callers hold `lock` while they read and then write."""

    version: int = 1000
    held: dict[Key, JSON] = field(default_factory=dict)
    history: deque[Happened] = field(default_factory=lambda: deque(maxlen=20_000))
    lock: threading.RLock = field(default_factory=threading.RLock)
    changed: threading.Condition = field(init=False)
    oldest: int = 0  # a watch from before this is told that it is gone

    def __post_init__(self) -> None:
        self.changed = threading.Condition(self.lock)

    def get(self, resource: Resource, namespace: str, name: str) -> JSON | None:
        """A copy of the object."""
        with self.lock:
            found = self.held.get((resource.group, resource.plural, namespace, name))
            return clone(found) if found is not None else None

    def all(self, resource: Resource, namespace: str = "") -> list[JSON]:
        """Copies, in the order of namespace and name, as etcd has them."""
        return [clone(obj) for obj in self.seen(resource, namespace)]

    def seen(self, resource: Resource, namespace: str = "") -> list[JSON]:
        """The same, not copied: what is held is replaced and never changed, and so must these be."""
        with self.lock:
            return [obj for _, obj in sorted(self._of(resource, namespace), key=lambda pair: pair[0])]

    def forget(self) -> None:
        """What happened until now can no longer be watched."""
        with self.lock:
            self.version += 1
            self.oldest = self.version
            self.changed.notify_all()

    def _of(self, resource: Resource, namespace: str) -> Iterator[tuple[Key, JSON]]:
        wanted = (resource.group, resource.plural)
        return (
            (key, obj) for key, obj in self.held.items() if key[:2] == wanted and (not namespace or key[2] == namespace)
        )

    def put(self, resource: Resource, obj: JSON) -> JSON:
        """Keep it, under the next version; what is kept is returned."""
        with self.lock:
            key = self._key(resource, obj)
            before = self.held.get(key)
            self.version += 1
            obj = clone(obj)
            obj["metadata"]["resourceVersion"] = str(self.version)
            self.held[key] = obj
            self._tell("ADDED" if before is None else "MODIFIED", resource, obj, before)
            return clone(obj)

    def remove(self, resource: Resource, obj: JSON) -> JSON:
        with self.lock:
            self.version += 1
            before = self.held.pop(self._key(resource, obj))
            gone = clone(before)
            gone["metadata"]["resourceVersion"] = str(self.version)
            self._tell("DELETED", resource, gone, before)
            return gone

    def _key(self, resource: Resource, obj: JSON) -> Key:
        metadata = obj["metadata"]
        return (resource.group, resource.plural, metadata.get("namespace", ""), metadata["name"])

    def _tell(self, what: str, resource: Resource, obj: JSON, before: JSON | None) -> None:
        self.history.append(Happened(self.version, what, resource.group, resource.plural, clone(obj), before))
        self.changed.notify_all()
