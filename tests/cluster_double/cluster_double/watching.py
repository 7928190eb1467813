"""Watches: a stream of events, one JSON document a line.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_double.reading import wanted
from cluster_double.statuses import expired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cluster_double.asked import Request
    from cluster_double.faults import Faults
    from cluster_double.kinds import JSON, Resource
    from cluster_double.store import Happened, Store


class Dropped(Exception):  # noqa: N818
    """The connection of the watch is to be cut off."""


@dataclass(slots=True)
class Watch:
    """One watch of one resource. `running` says whether the server still is."""

    store: Store
    faults: Faults
    resource: Resource
    namespace: str
    request: Request
    running: Callable[[], bool]

    def events(self) -> Iterator[JSON]:
        """What happens, until its time is over; raises Dropped where the connection is to be cut."""
        drop_after, self.faults.drop_after = self.faults.drop_after, None
        for sent, event in enumerate(self._events(), start=1):
            yield event
            if drop_after is not None and sent >= drop_after:
                raise Dropped

    def _events(self) -> Iterator[JSON]:
        deadline = time.monotonic() + float(self.request.parameter("timeoutSeconds") or 1800)
        gone, dropped = self.faults.watches_expired, self.faults.watches_dropped
        fits = wanted(self.request)
        version, at_once = self._start(fits)
        if version is None:
            yield self._expired()
            return
        yield from at_once
        while self.running():
            happened, version = self._next(version, deadline)
            yield from (event for each in happened for event in _event(each, fits))
            if self.faults.watches_expired > gone:
                yield self._expired()
                return
            if self.faults.watches_dropped > dropped:
                raise Dropped
            if time.monotonic() >= deadline:
                if self.request.is_set("allowWatchBookmarks"):
                    yield self._bookmark(version)
                return

    def _start(self, fits: Callable[[JSON], bool]) -> tuple[int | None, list[JSON]]:
        asked = int(self.request.parameter("resourceVersion") or 0)
        with self.store.lock:
            if asked and asked < self.store.oldest:
                return None, []
            if asked:
                return asked, []
            found = [obj for obj in self.store.all(self.resource, self.namespace) if fits(obj)]
            return self.store.version, [{"type": "ADDED", "object": obj} for obj in found]

    def _next(self, version: int, deadline: float) -> tuple[list[Happened], int]:
        with self.store.changed:
            if self.store.version == version:
                self.store.changed.wait(min(0.05, max(0.0, deadline - time.monotonic())))
            happened = [each for each in self.store.history if each.version > version and self._concerns(each)]
            return happened, self.store.version

    def _concerns(self, each: Happened) -> bool:
        same = (each.group, each.plural) == (self.resource.group, self.resource.plural)
        return same and self.namespace in ("", each.obj["metadata"].get("namespace", ""))

    def _bookmark(self, version: int) -> JSON:
        head: JSON = {"kind": self.resource.kind, "apiVersion": self.resource.group_version}
        metadata = {"resourceVersion": str(version), "creationTimestamp": None}
        return {"type": "BOOKMARK", "object": head | {"metadata": metadata}}

    def _expired(self) -> JSON:
        asked = self.request.parameter("resourceVersion") or "0"
        return {"type": "ERROR", "object": expired(f"too old resource version: {asked} ({self.store.version})").status}


def _event(each: Happened, fits: Callable[[JSON], bool]) -> list[JSON]:
    """An object that begins to fit is added, one that ceases to is deleted."""
    before = each.before is not None and fits(each.before)
    after = each.type != "DELETED" and fits(each.obj)
    if not before and not after:
        return []
    what = "DELETED" if not after else "MODIFIED" if before else "ADDED"
    return [{"type": what, "object": each.obj}]
