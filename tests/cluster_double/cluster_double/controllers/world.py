"""What controllers see of the cluster, and how they write to it."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cluster_double.controllers.behaviour import Behaviour, Behaviours
from cluster_double.deletion import Deletion
from cluster_double.ownership import now
from cluster_double.processes import Processes
from cluster_double.registry import Registry, Target, Write
from cluster_double.statuses import Refused
from cluster_double.store import clone

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON
    from cluster_double.logs import Logs

CONTROLLER, KUBELET, SCHEDULER = "kube-controller-manager", "kubelet", "kube-scheduler"
_SAFE = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(slots=True)
class Pace:
    """How fast things happen. `step` is in seconds; deadlines of objects take `deadlines` times as long as they say.

    `refused_exports` are paths that NFS servers do not export.
    With `checks_references`, pods wait for the secrets, configuration and claims that they name, as they really do.
    """

    step: float = 0.02
    deadlines: float = 1.0
    checks_references: bool = True
    refused_exports: set[str] = field(default_factory=set)


@dataclass(slots=True)
class World:
    """The cluster, as the controllers see it."""

    registry: Registry
    logs: Logs
    behaviours: Behaviours = field(default_factory=Behaviours)
    pace: Pace = field(default_factory=Pace)
    noted: dict[tuple[str, ...], float] = field(default_factory=dict)
    timed: bool = False
    processes: Processes = field(default_factory=Processes)

    def all(self, kind: str, namespace: str = "") -> list[JSON]:
        return self.registry.store.all(self.registry.of_kind(kind), namespace)

    def each(self, kind: str, reconcile: Callable[[World, JSON], None]) -> None:
        """Reconcile every object of the kind; what is refused is tried again in the next round."""
        for obj in self.all(kind):
            with suppress(Refused):
                reconcile(self, obj)

    def find(self, kind: str, namespace: str, name: str) -> JSON | None:
        return self.registry.store.get(self.registry.of_kind(kind), namespace, name)

    def owned(self, kind: str, owner: JSON) -> list[JSON]:
        """Those that the owner controls."""
        metadata = owner["metadata"]
        return [obj for obj in self.all(kind, metadata.get("namespace", "")) if _controller(obj) == metadata["uid"]]

    def create(self, obj: JSON, manager: str = CONTROLLER) -> JSON:
        resource = self.registry.of_kind(obj["kind"])
        return self.registry.create(resource, obj["metadata"].get("namespace", ""), obj, Write(manager))

    def set_status(self, obj: JSON, status: JSON, manager: str = CONTROLLER) -> JSON:
        """Write the status, and the annotations that a Deployment's controller sets with it."""
        return self._write(obj | {"status": {key: value for key, value in status.items() if value is not None}}, manager, "status")  # fmt: skip # noqa: E501

    def update(self, obj: JSON, manager: str = CONTROLLER, subresource: str = "") -> JSON:
        return self._write(obj, manager, subresource)

    def _write(self, obj: JSON, manager: str, subresource: str) -> JSON:
        obj = clone(obj)
        obj["metadata"].pop("managedFields", None)
        try:
            return self.registry.replace(_target(self.registry, obj), obj, Write(manager, subresource=subresource))[0]
        except Refused as refused:  # somebody was faster; the next round sees what they did
            if refused.code not in (404, 409):
                raise
            return obj

    def delete(self, obj: JSON, policy: str = "Background", *, now: bool = False) -> None:
        store, target = self.registry.store, _target(self.registry, obj)
        with store.lock:
            live = store.get(target.resource, target.namespace, target.name)
            if live is not None and live["metadata"]["uid"] == obj["metadata"]["uid"]:
                options: JSON = {"propagationPolicy": policy} | ({"gracePeriodSeconds": 0} if now else {})
                Deletion(store).delete(target.resource, live, options)

    def vanish(self, obj: JSON) -> None:
        """Remove a pod that has ended."""
        store = self.registry.store
        with store.lock:
            resource = self.registry.of_kind(obj["kind"])
            if store.get(resource, obj["metadata"]["namespace"], obj["metadata"]["name"]) is not None:
                store.remove(resource, obj)

    def event(
        self, obj: JSON, kind: str, reason: str, message: str, source: str = CONTROLLER, *, container: str = ""
    ) -> None:
        """Record an event about the object, or a container of the pod; the same one again is counted."""
        metadata, found = obj["metadata"], None
        key = hashlib.sha256(f"{metadata['uid']}{reason}{message}".encode()).hexdigest()[:16]
        name, namespace = f"{metadata['name']}.{key}", metadata.get("namespace", "default")
        found = self.find("Event", namespace, name)
        if found is not None:
            return
        about = {"kind": obj["kind"], "apiVersion": obj["apiVersion"], "name": metadata["name"], "uid": metadata["uid"]}
        about |= {"namespace": namespace, "resourceVersion": metadata["resourceVersion"]}
        about |= {"fieldPath": _field_path(obj, container)} if container else {}
        body: JSON = {"apiVersion": "v1", "kind": "Event", "metadata": {"name": name, "namespace": namespace}}
        body |= {"involvedObject": about, "reason": reason, "message": message, "type": kind, "count": 1}
        body |= {"source": {"component": source}, "firstTimestamp": now_text(), "lastTimestamp": now_text()}
        body |= {"reportingComponent": source, "reportingInstance": "", "eventTime": None}
        try:
            self.create(body, source)
        except Refused as refused:
            if refused.code not in (403, 404, 409):
                raise

    def since(self, *key: str) -> float:
        """Seconds since this was asked first; somebody waits for time to pass."""
        self.timed = True
        return time.monotonic() - self.noted.setdefault(key, time.monotonic())

    def behaviour(self, pod: JSON, workload: str = "") -> Behaviour | None:
        name = pod["metadata"].get("name", "")
        return self.behaviours.of(workload or self.workload(pod), name, pod["spec"])

    def workload(self, pod: JSON) -> str:
        """The name of what a pod belongs to: a Deployment's, rather than its replica set's."""
        owner = next(iter(pod["metadata"].get("ownerReferences") or []), None)
        if owner is None:
            return pod["metadata"].get("name", "")
        if owner["kind"] != "ReplicaSet":
            return owner["name"]
        found = self.find("ReplicaSet", pod["metadata"]["namespace"], owner["name"])
        return self.workload(found) if found else owner["name"]


def _field_path(pod: JSON, container: str) -> str:
    first = {each["name"] for each in pod["spec"].get("initContainers") or []}
    return f"spec.{'initContainers' if container in first else 'containers'}{{{container}}}"


def _controller(obj: JSON) -> str | None:
    owners = obj["metadata"].get("ownerReferences") or []
    return next((owner["uid"] for owner in owners if owner.get("controller")), None)


def _target(registry: Registry, obj: JSON) -> Target:
    metadata = obj["metadata"]
    return Target(registry.of_kind(obj["kind"]), metadata.get("namespace", ""), metadata["name"])


def now_text() -> str:
    return now()


def seconds_ago(text: str) -> float:
    return (datetime.now(UTC) - datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)).total_seconds()


def digest(value: Any, length: int = 10) -> str:
    """A name's suffix that stands for the value."""
    number = int(hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest(), 16)
    text = ""
    for _ in range(length):
        number, rest = divmod(number, len(_SAFE))
        text += _SAFE[rest]
    return text


def owner_reference(owner: JSON) -> JSON:
    head = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
    return head | {"uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}


def pod_of(owner: JSON, template: JSON, name: JSON, labels: dict[str, str] | None = None) -> JSON:
    """A pod of the template; `name` is its name, or what it is generated from."""
    given = template.get("metadata") or {}
    metadata = {"namespace": owner["metadata"]["namespace"], "ownerReferences": [owner_reference(owner)], **name}
    metadata |= {"labels": {**(given.get("labels") or {}), **(labels or {})}}
    metadata |= {"annotations": given["annotations"]} if given.get("annotations") else {}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": clone(template["spec"])}


def condition(kind: str, status: str, reason: str = "", message: str = "", **more: Any) -> JSON:
    found = {"type": kind, "status": status} | ({"reason": reason} if reason else {})
    return found | ({"message": message} if message else {}) | more


def with_conditions(before: list[JSON] | None, *wanted: JSON, times: tuple[str, ...]) -> list[JSON]:
    """The conditions, with the times of those that stay as they were."""
    known = {each["type"]: each for each in before or []}
    return [_timed(each, known.get(each["type"]), times) for each in wanted]


def _timed(each: JSON, known: JSON | None, times: tuple[str, ...]) -> JSON:
    if known is not None and {key: value for key, value in known.items() if key not in times} == each:
        return known
    found = {**each, **dict.fromkeys(times, now())}
    if known is not None and known["status"] == each["status"] and "lastTransitionTime" in known:
        found["lastTransitionTime"] = known["lastTransitionTime"]
    return found


def is_ready(pod: JSON) -> bool:
    conditions = pod.get("status", {}).get("conditions") or []
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and not pod["metadata"].get("deletionTimestamp")


def is_over(pod: JSON) -> bool:
    return pod.get("status", {}).get("phase") in ("Succeeded", "Failed")


def is_leaving(obj: JSON) -> bool:
    return bool(obj["metadata"].get("deletionTimestamp"))
