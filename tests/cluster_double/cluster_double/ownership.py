"""Field management: who owns which fields, what an apply changes, and which conflicts it has.

https://kubernetes.io/docs/reference/using-api/server-side-apply/ - the order of things is that of package
`merge` of structured-merge-diff and of apimachinery's `managedfields`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cluster_double.paths import EMPTY, FieldSet, Path, fields_v1, paths_of, shown, visited, with_named_fields
from cluster_double.statuses import apply_conflict
from cluster_double.typed import compare, field_set, merge, without

if TYPE_CHECKING:
    from cluster_double.kinds import JSON
    from cluster_double.schema import Node

_IDENTITY = ("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation")
STRIPPED: FieldSet = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",), ("f:metadata", "f:managedFields")}
    | {("f:metadata", "f:resourceVersion")}
    | {("f:metadata", f"f:{name}") for name in _IDENTITY}
)
STATUS: tuple[Path, ...] = (("f:status",),)


@dataclass(frozen=True, slots=True, order=True)
class Manager:
    """Who manages: appliers are told apart without the version."""

    name: str
    operation: str
    version: str
    subresource: str = ""

    @property
    def said(self) -> str:
        with_subresource = f' with subresource "{self.subresource}"' if self.subresource else ""
        return json.dumps(self.name) + with_subresource


@dataclass(frozen=True, slots=True)
class Owned:
    """The fields of one manager, and when it set them last; no time where it changed nothing."""

    fields: FieldSet
    time: str | None = None
    version: str = ""


Managers = dict[Manager, Owned]


def applier(name: str) -> Manager:
    return Manager(name, "Apply", "")


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def decoded(entries: list[JSON] | None) -> Managers:
    """What `metadata.managedFields` says."""
    managers: Managers = {}
    for entry in entries or []:
        version = entry["apiVersion"] if entry["operation"] == "Update" else ""
        manager = Manager(entry.get("manager", ""), entry["operation"], version, entry.get("subresource", ""))
        fields = frozenset(paths_of(entry.get("fieldsV1", {})))
        managers[manager] = Owned(fields, entry.get("time"), entry["apiVersion"])
    return managers


def encoded(managers: Managers) -> list[JSON]:
    """As `metadata.managedFields` has it: appliers first, then by time and name."""
    order = sorted(managers, key=lambda key: (key.operation, managers[key].time or "", key))
    return [_entry(manager, managers[manager]) for manager in order]


def _entry(manager: Manager, owned: Owned) -> JSON:
    entry: JSON = {"manager": manager.name, "operation": manager.operation, "apiVersion": owned.version}
    entry |= {"time": owned.time} if owned.time else {}
    entry |= {"fieldsType": "FieldsV1", "fieldsV1": fields_v1(owned.fields)}
    return entry | ({"subresource": manager.subresource} if manager.subresource else {})


def applied(
    node: Node, live: JSON, config: JSON, managers: Managers, manager: Manager, version: str, *, force: bool
) -> tuple[JSON | None, Managers]:
    """The object with the configuration applied (none where nothing changes), and who then manages what.

    Raises Refused (409) where another manager owns a field that would change, unless it is forced.
    """
    last = managers.get(manager)
    merged = merge(node, live, config)
    fields = frozenset(path for path in field_set(node, config) if path[0] != "f:status")
    managers = {**managers, manager: Owned(fields, last.time if last else None, version)}
    merged = _pruned(node, merged, managers, last.fields if last else EMPTY)
    managers = _stripped(_settled(node, live, merged, managers, manager, force=force), manager)
    if merged == live:
        return None, managers
    if manager in managers:
        managers[manager] = replace(managers[manager], time=now())
    return merged, managers


def _stripped(managers: Managers, manager: Manager) -> Managers:
    """Without what identifies the object; a manager that owns nothing else goes."""
    if manager not in managers:
        return managers
    left = managers[manager].fields - STRIPPED
    rest = {key: entry for key, entry in managers.items() if key != manager}
    return rest | ({manager: replace(managers[manager], fields=left)} if left else {})


def _pruned(node: Node, merged: JSON, managers: Managers, last: FieldSet) -> JSON:
    """Without what the manager applied last time, does not now, and nobody else owns."""
    owned: FieldSet = frozenset().union(*(entry.fields for entry in managers.values()))
    if last <= owned:
        return merged
    last = with_named_fields(node, last)
    everything = with_named_fields(node, field_set(node, merged))
    left = _named_set(node, without(node, merged, last))
    back = without(node, merged, everything - (left | with_named_fields(node, owned)))
    return without(node, merged, (everything - _named_set(node, back)) & last) or {}


def _named_set(node: Node, value: Any) -> FieldSet:
    return with_named_fields(node, field_set(node, value or {}))


def _settled(
    node: Node, live: JSON, merged: JSON, managers: Managers, manager: Manager, *, force: bool
) -> Managers:  # fmt: skip
    differ = compare(node, live, merged).without(STATUS if not manager.subresource else ())
    changed = frozenset(differ.added | differ.modified)
    others = {key: entry for key, entry in managers.items() if key != manager}
    conflicts = {key: entry.fields & changed for key, entry in others.items() if entry.fields & changed}
    if conflicts and not force:
        raise _conflict(conflicts, managers)
    gone = changed | differ.removed
    settled = {key: replace(entry, fields=entry.fields - gone) for key, entry in others.items()}
    settled[manager] = managers[manager]
    return {key: entry for key, entry in settled.items() if entry.fields}


def _conflict(conflicts: dict[Manager, FieldSet], managers: Managers) -> Exception:
    found = [(key, path) for key in sorted(conflicts) for path in sorted(conflicts[key], key=visited)]
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {_using(key)}", "field": shown(path)}
        for key, path in found
    ]
    if len(found) == 1:
        key, path = found[0]
        message = f"Apply failed with 1 conflict: conflict with {_using(key)}: {shown(path)}"
        return apply_conflict(message, causes)
    lines: list[str] = []
    for key in sorted(conflicts):
        lines += [f"conflicts with {_using(key)}:"] + [f"- {shown(path)}" for other, path in found if other == key]
    return apply_conflict(f"Apply failed with {len(found)} conflicts: " + "\n".join(lines), causes)


def _using(manager: Manager) -> str:
    return manager.said + (f" using {manager.version}" if manager.operation == "Update" else "")


def updated(
    node: Node, live: JSON, new: JSON, managers: Managers, manager: Manager, *, ignored: tuple[Path, ...]
) -> Managers:
    """Who manages what, after an update of any other verb than apply."""
    differ = compare(node, live, new).without(ignored)
    changed = frozenset(differ.added | differ.modified)
    gone = changed | differ.removed
    result = {key: replace(entry, fields=entry.fields - gone) for key, entry in managers.items()}
    mine = changed - STRIPPED
    if mine:
        before = result.get(manager, Owned(EMPTY)).fields
        result[manager] = Owned(before | mine, now(), manager.version)
    return {key: entry for key, entry in result.items() if entry.fields}
