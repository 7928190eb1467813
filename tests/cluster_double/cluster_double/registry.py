"""The verbs that change objects: create, apply, replace and patch, each of them dry as well."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cluster_double import kinds
from cluster_double.decoding import type_errors, unknown_fields
from cluster_double.deletion import Deletion
from cluster_double.ownership import STATUS, Manager, Managers, applied, applier, decoded, encoded, updated
from cluster_double.patches import patched
from cluster_double.preparing import Addresses, decoded_body, empty, for_creation, for_update, node_of, refuse_ending
from cluster_double.statuses import (
    NoSuchPath,
    already_exists,
    bad_request,
    conflict,
    invalid,
    invalid_object,
    not_found,
    untyped,
)
from cluster_double.store import Store, clone
from cluster_double.validation import causes

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON, Resource
    from cluster_double.paths import Path

_CONSONANTS = "bcdfghjklmnpqrstvwxz2456789"
_MICRO = re.compile(r"\.\d{6}(Z|[+-]\d\d:\d\d)$")
_MADE_BY_PUT = frozenset(  # `AllowCreateOnUpdate` in kubernetes/pkg/registry
    ("ClusterRole", "ClusterRoleBinding", "Endpoints", "Event", "Lease", "LimitRange", "Role", "RoleBinding")
)
_NOT_SPEC: tuple[Path, ...] = (("f:spec",), ("f:metadata", "f:labels"))


@dataclass(frozen=True, slots=True)
class Write:
    """How a request writes."""

    manager: str = "unknown"
    dry_run: bool = False
    force: bool = False
    strict: bool = True
    subresource: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about."""

    resource: Resource
    namespace: str
    name: str

    @property
    def place(self) -> tuple[Resource, str, str]:
        return self.resource, self.namespace, self.name


@dataclass(slots=True)
class Registry:
    """The objects of the cluster and the verbs that change them."""

    store: Store = field(default_factory=Store)
    resources: dict[tuple[str, str, str], Resource] = field(default_factory=dict)
    addresses: Addresses = field(default_factory=Addresses)
    admission: list[Callable[[Resource, JSON, JSON | None], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for resource in kinds.BUILT_IN:
            self.serve(resource)

    def serve(self, resource: Resource) -> None:
        self.resources[resource.group, resource.version, resource.plural] = resource

    def resource(self, group: str, version: str, plural: str) -> Resource:
        """Raises NoSuchPath where it is not served."""
        found = self.resources.get((group, version, plural))
        if found is None:
            raise NoSuchPath
        return found

    def of_kind(self, kind: str) -> Resource:
        return next(resource for resource in self.resources.values() if resource.kind == kind)

    def get(self, target: Target) -> JSON:
        found = self.store.get(target.resource, target.namespace, target.name)
        if found is None:
            raise not_found(target.resource, target.name)
        return found

    def create(self, resource: Resource, namespace: str, body: JSON, write: Write) -> JSON:
        """Raises Refused: 400, 403, 404 of the namespace, 409 where it is there already, 422."""
        self._refuse_unknown(resource, body, write)
        obj = decoded_body(resource, body)
        manager, ignored = self._updater(resource, write), _ignored(resource, write)
        managers = updated(node_of(resource), empty(resource), obj, {}, manager, ignored=ignored)
        return self._created(resource, namespace, obj, managers, write)

    def _created(self, resource: Resource, namespace: str, obj: JSON, managers: Managers, write: Write) -> JSON:
        metadata = obj["metadata"]
        _place(resource, obj, namespace)
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + "".join(secrets.choice(_CONSONANTS) for _ in range(5))
        with self.store.lock:
            self._refuse_absent_namespace(resource, obj)
            for_creation(resource, obj, self.addresses)
            metadata |= {"managedFields": encoded(managers)} if managers else {}
            self._refuse(resource, obj, None)
            if self.store.get(resource, namespace, metadata["name"]) is not None:
                raise already_exists(resource, metadata["name"])
            if write.dry_run:
                return obj
            self._define(resource, obj)
            return self.store.put(resource, obj)

    def _define(self, resource: Resource, obj: JSON) -> None:
        """From now on the cluster serves what a CustomResourceDefinition defines."""
        if resource.kind != "CustomResourceDefinition":
            return
        at = {"status": "True", "lastTransitionTime": obj["metadata"]["creationTimestamp"]}
        accepted = {"type": "NamesAccepted", "reason": "NoConflicts"} | at
        established = {"type": "Established", "reason": "InitialNamesAccepted"} | at
        obj["status"] = {"acceptedNames": obj["spec"]["names"], "conditions": [accepted, established]}
        for each in kinds.defined(obj):
            self.serve(each)

    def _refuse_absent_namespace(self, resource: Resource, obj: JSON) -> None:
        if not resource.namespaced:
            return
        namespaces = self.resources["", "v1", "namespaces"]
        found = self.get(Target(namespaces, "", obj["metadata"]["namespace"]))
        refuse_ending(resource, obj["metadata"].get("name", ""), found)

    def _refuse(self, resource: Resource, obj: JSON, old: JSON | None) -> None:
        found = causes(resource, node_of(resource), obj, old)
        for admit in self.admission:
            admit(resource, obj, old)
        if found:
            raise invalid(resource, obj["metadata"].get("name", ""), found)

    def _refuse_unknown(self, resource: Resource, body: JSON, write: Write) -> None:
        node = node_of(resource)
        said = f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
        wrong = next(iter(type_errors(node, body)), None) if not resource.custom else None
        if wrong:
            raise bad_request(f"{said}: json: cannot unmarshal: {wrong}")
        if resource.kind == "Lease":
            _refuse_times(body, said)
        unknown = [f'unknown field "{path}"' for path in unknown_fields(node, body)] if write.strict else []
        if unknown:
            raise bad_request(f"{said}: strict decoding error: {', '.join(unknown)}")

    def _updater(self, resource: Resource, write: Write) -> Manager:
        return Manager(write.manager, "Update", resource.group_version, write.subresource)

    def apply(self, target: Target, body: JSON, write: Write, may_create: Callable[[], None]) -> tuple[JSON, bool]:
        """Server-side apply: the object, and whether it was created. Raises Refused (409) on a conflict."""
        resource = target.resource
        _refuse_other_type(resource, body)
        _refuse_mismatch(target, body)
        _refuse_untyped(target, body)
        with self.store.lock:
            live = self.store.get(resource, target.namespace, target.name)
            if live is None:
                may_create()
                return self._applied_new(target, body, write), True
            return self._applied(target, live, body, write), False

    def _applied_new(self, target: Target, body: JSON, write: Write) -> JSON:
        resource = target.resource
        wanted = body["metadata"].get("uid")
        if wanted:
            why = f"uid mismatch: the provided object specified uid {wanted}, and no existing object was found"
            raise conflict(resource, target.name, why)
        if write.subresource:
            raise not_found(resource, target.name)
        manager = replace(applier(write.manager), subresource=write.subresource)
        live = empty(resource)
        merged, managers = applied(
            node_of(resource), live, body, {}, manager, resource.group_version, force=write.force
        )
        return self._created(resource, target.namespace, decoded_body(resource, merged or live), managers, write)

    def _applied(self, target: Target, live: JSON, body: JSON, write: Write) -> JSON:
        resource, node = target.resource, node_of(target.resource)
        managers = decoded(live["metadata"].get("managedFields"))
        if not managers:
            before = Manager("before-first-apply", "Update", resource.group_version)
            managers = updated(node, empty(resource), live, {}, before, ignored=())
        manager = replace(applier(write.manager), subresource=write.subresource)
        merged, managers = applied(node, live, body, managers, manager, resource.group_version, force=write.force)
        new = decoded_body(resource, merged if merged is not None else live)
        return self._updated(target, live, new, managers, write)

    def replace(self, target: Target, body: JSON, write: Write) -> tuple[JSON, bool]:
        """PUT: the object, and whether it was created. Raises Refused: 404, 409 of a stale resourceVersion, 422."""
        _refuse_mismatch(target, body)
        self._refuse_unknown(target.resource, body, write)
        with self.store.lock:
            if target.resource.kind in _MADE_BY_PUT and not self.store.get(*target.place):
                return self._made(target, body, write), True
            old = self.get(target)
            return self._rewritten(target, old, decoded_body(target.resource, body), write), False

    def _made(self, target: Target, body: JSON, write: Write) -> JSON:
        wanted = body["metadata"].get("uid")
        if wanted:
            why = f"Precondition failed: UID in precondition: {wanted}, UID in object meta: "
            raise conflict(target.resource, target.name, invalid_object(_key(target), why))
        return self.create(target.resource, target.namespace, body, write)

    def patch(self, target: Target, body: Any, form: str, write: Write) -> JSON:
        """PATCH with a JSON patch, a merge patch or a strategic merge patch."""
        resource = target.resource
        with self.store.lock:
            old = self.get(target)
            new = patched(node_of(resource), old, body, form)
            self._refuse_unknown(resource, new, write)
            return self._rewritten(target, old, decoded_body(resource, new), write)

    def _rewritten(self, target: Target, old: JSON, new: JSON, write: Write) -> JSON:
        given = new["metadata"].get("managedFields")
        before = old["metadata"].get("managedFields")
        entries = [] if given in ([], [{}]) and not write.subresource else given or before
        managers = decoded(before if write.subresource else entries)
        manager = self._updater(target.resource, write)
        if managers or not before:
            managers = updated(
                node_of(target.resource), old, for_update(target.resource, new, old, write.subresource), managers,
                manager, ignored=_ignored(target.resource, write),
            )  # fmt: skip
        return self._updated(target, old, new, managers, write)

    def _updated(self, target: Target, old: JSON, new: JSON, managers: Managers, write: Write) -> JSON:
        resource = target.resource
        _refuse_stale(target, old, new)
        _place(resource, new, target.namespace)
        new["metadata"]["managedFields"] = encoded(managers)
        if not managers:
            del new["metadata"]["managedFields"]
        result = for_update(resource, new, old, write.subresource)
        self._refuse(resource, result, old)
        if _timeless(result) == _timeless(old):
            return old
        if write.dry_run:
            return result
        result = self.store.put(resource, result)
        return Deletion(self.store).finished(resource, result)


def _ignored(resource: Resource, write: Write) -> tuple[Path, ...]:
    if write.subresource != "status":
        return STATUS
    return _NOT_SPEC[:1] if resource.kind == "Service" else _NOT_SPEC


def _timeless(obj: JSON) -> JSON:
    obj = clone(obj)
    for entry in obj["metadata"].get("managedFields", []):
        entry.pop("time", None)
    return obj


def _place(resource: Resource, obj: JSON, namespace: str) -> None:
    metadata = obj["metadata"]
    if not resource.namespaced:
        metadata.pop("namespace", None)
        return
    if metadata.setdefault("namespace", namespace) != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")


def _refuse_mismatch(target: Target, body: JSON) -> None:
    resource, version = target.resource, body.get("apiVersion")
    if body.get("kind") not in (None, resource.kind) or version not in (None, resource.group_version):
        raise bad_request(
            f'{body.get("kind")} in version "{version}" cannot be handled as a {resource.kind}: no kind '
            f'"{body.get("kind")}" is registered for version "{version}" in scheme'
        )
    name = body.setdefault("metadata", {}).setdefault("name", target.name)
    if name != target.name:
        raise bad_request(f"the name of the object ({name}) does not match the name on the URL ({target.name})")


def _refuse_other_type(resource: Resource, body: JSON) -> None:
    if not body.get("kind"):
        raise bad_request("Object 'Kind' is missing")
    version, kind = body.get("apiVersion"), body["kind"]
    if (version, kind) != (resource.group_version, resource.kind):
        said = f"/{version}" if version and "/" not in version else version or "/"
        raise bad_request(f"invalid object type: {said}, Kind={kind}")


def _refuse_untyped(target: Target, body: JSON) -> None:
    resource = target.resource
    if body["metadata"].get("managedFields") is not None:
        raise bad_request("metadata.managedFields must be nil")
    wrong = list(type_errors(node_of(resource), body, declared=True))
    if wrong:
        said = wrong[0] if len(wrong) == 1 else "\n  ".join(["errors:", *wrong])
        where = f"{body['metadata'].get('namespace', '')}/{target.name}"
        kind = f"{resource.group}/{resource.version}, Kind={resource.kind}"
        raise untyped(f"failed to create typed patch object ({where}; {kind}): {said}")


def _key(target: Target) -> str:
    """Where the storage has it."""
    return "/".join(each for each in ("/registry", target.resource.plural, target.namespace, target.name) if each)


def _refuse_times(body: JSON, said: str) -> None:
    """MicroTime has six digits, and nothing else is read as one."""
    for key in ("acquireTime", "renewTime"):
        time = (body.get("spec") or {}).get(key)
        if time and not _MICRO.search(time):
            why = (
                f'parsing time "{time}" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "{time[19:]}" as ".000000"'
            )
            raise bad_request(f"{said}: {why}")


def _refuse_stale(target: Target, old: JSON, new: JSON) -> None:
    before, now = old["metadata"], new["metadata"]
    if now.get("uid", before["uid"]) != before["uid"]:
        why = f"Precondition failed: UID in precondition: {now['uid']}, UID in object meta: {before['uid']}"
        raise conflict(target.resource, target.name, invalid_object(_key(target), why))
    if now.get("resourceVersion", before["resourceVersion"]) != before["resourceVersion"]:
        raise conflict(target.resource, target.name)
