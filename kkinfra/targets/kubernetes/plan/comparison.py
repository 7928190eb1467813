"""Whether server-side apply could change anything, told from the live object alone.

What a manager owns is kept as a set of paths, written as structured-merge-diff does
(https://github.com/kubernetes-sigs/structured-merge-diff, fieldpath/serialize.go and serialize-pe.go): `f:` a field,
`k:` an item of an associative list by its keys, `v:` an item of a set, `i:` an index, `.` the value itself; an empty
set stands for a leaf. When apply changes what: https://kubernetes.io/docs/reference/using-api/server-side-apply/.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from kkinfra.targets.kubernetes.client.objects import items, part, reference
from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.client.objects import JSON

_ATOMIC_MAPS = frozenset({
    "configMapKeyRef", "fieldRef", "labelSelector", "namespaceSelector", "nodeSelector", "objectSelector",
    "podSelector", "resourceFieldRef", "scaleTargetRef", "secretKeyRef", "selector",
})  # fmt: skip
"""Maps that the API replaces whole (x-kubernetes-map-type: atomic in its OpenAPI document).

An owned leaf is such a map, or one that was empty when it was applied, so a full one elsewhere is unclear.
"""

_ATOMIC_ITEMS = frozenset({"imagePullSecrets", "ownerReferences", "secrets"})
"""Lists of such maps: their items are owned as leaves."""


def differs(desired: JSON, live: JSON, manager: str) -> bool:
    """Whether applying `desired` as `manager` could change `live`; where that is unclear, True.

    False only where every leaf of `desired` is in `live` with the same value, lists in the same order, and `manager`
    owns, by Apply, exactly the fields that `desired` sets. Both need their apiVersion and kind, which the API leaves
    out of the items of a list.
    """
    owned = _owned(live, manager)
    if owned is None or _identity(desired) != _identity(live) or "deletionTimestamp" in part(live, "metadata"):
        return True
    return not _same_fields(_without_identity(desired), live, owned)


def _identity(obj: JSON) -> tuple[object, ...]:
    found = reference(obj)
    return found, found.version


def _owned(live: JSON, manager: str) -> JSON | None:
    """What the manager owns by Apply; None where that is not told by one entry of the version that is live."""
    entries = [
        entry
        for entry in items(live, "metadata", "managedFields")
        if (entry.get("manager"), entry.get("operation"), entry.get("subresource", "")) == (manager, "Apply", "")
    ]
    if len(entries) != 1:
        return None
    (entry,) = entries
    told = (entry.get("apiVersion"), entry.get("fieldsType"))
    owned = entry.get("fieldsV1")
    return owned if is_mapping(owned) and told == (live.get("apiVersion"), "FieldsV1") else None


def _without_identity(desired: JSON) -> JSON:
    """What is left of an object when what names it is taken away, as no manager owns that."""
    rest = {key: value for key, value in desired.items() if key not in {"apiVersion", "kind", "metadata"}}
    metadata = {key: value for key, value in part(desired, "metadata").items() if key not in {"name", "namespace"}}
    return {**rest, "metadata": metadata} if metadata else rest


def _same(desired: Any, live: Any, owned: Any, name: str = "") -> bool:
    """Whether a value is as desired, and owned; `name` is that of the field."""
    if isinstance(desired, str) and owned == {}:
        return bool(desired == live)  # most values are text, and are told without asking further
    if not is_mapping(owned):
        return False
    kind = next((key[:2] for key in owned if key != "."), "")
    if not kind:
        return _same_leaf(desired, live, name)
    if kind == "f:":
        return _same_fields(desired, live, owned)
    if kind == "k:":
        return _same_keyed(desired, live, owned, is_atomic=name in _ATOMIC_ITEMS)
    return kind == "v:" and _same_set(desired, live, owned)


def _same_leaf(desired: Any, live: Any, name: str) -> bool:
    return not (is_mapping(desired) and desired and name not in _ATOMIC_MAPS) and _equal(desired, live)


def _equal(one: Any, other: Any) -> bool:
    """Equal, also in type: True, 1 and "1" are three values. Nulls are unclear, and so equal to nothing."""
    if type(one) is not type(other) or one is None:
        return False
    if is_mapping(one):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if is_list(one):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(one == other)


def _same_fields(desired: Any, live: Any, owned: JSON) -> bool:
    if not is_mapping(desired) or not is_mapping(live) or len(owned) - ("." in owned) != len(desired):
        return False
    for name, value in desired.items():
        if name not in live or not _same(value, live[name], owned.get(f"f:{name}"), name):
            return False
    return True


def _same_keyed(desired: Any, live: Any, owned: JSON, *, is_atomic: bool) -> bool:
    """Whether the items of an associative list are as desired; in `live` there may be others between them."""
    pairs = _pairs(desired, live, owned)
    return pairs is not None and all(
        (not fields and _equal(wanted, there)) if is_atomic else ("." in fields and _same_fields(wanted, there, fields))
        for wanted, there, fields in pairs
    )


def _same_set(desired: Any, live: Any, owned: JSON) -> bool:
    pairs = _pairs(desired, live, owned)
    return pairs is not None and not any(fields.keys() - {"."} for _, _, fields in pairs)


def _pairs(desired: Any, live: Any, owned: JSON) -> list[tuple[Any, Any, JSON]] | None:
    """Items with what is there and owned of each, in order; None where one is missing, twice, or out of order.

    An apply puts its items into its own order: structured-merge-diff, typed/merge.go.
    """
    elements = [(_element(key), fields) for key, fields in owned.items() if key != "."]
    keys = _keys(elements[0][0]) if elements else []
    places = _places(live, keys)
    if (
        not is_list(desired)
        or places is None
        or len({key[:2] for key in owned if key != "."}) > 1
        or any(_keys(element) != keys or not is_mapping(fields) for element, fields in elements)
    ):
        return None
    found = [(_wanted(desired, element), places.get(_name(element, keys), -1), fields) for element, fields in elements]
    found.sort(key=lambda each: each[0])
    order = [there for _, there, _ in found]
    if [wanted for wanted, _, _ in found] != list(range(len(desired))) or order != sorted({*order} - {-1}):
        return None
    return [(desired[wanted], live[there], fields) for wanted, there, fields in found]


def _keys(element: Any) -> list[str]:
    return sorted(element) if is_mapping(element) else []


def _wanted(desired: list[Any], element: Any) -> int:
    """Where the one desired item is that an element names; -1 where there is none, or more than one."""
    found = [place for place, item in enumerate(desired) if _is_named(item, element)]
    return found[0] if len(found) == 1 else -1


def _places(live: Any, keys: list[str]) -> dict[str, int] | None:
    """Where each item of a live list is, by its name; None where two have the same, or one has none."""
    if not is_list(live):
        return None
    places = {_name(item, keys): place for place, item in enumerate(live)}
    return places if len(places) == len(live) and "" not in places else None


def _name(item: Any, keys: list[str]) -> str:
    """What tells an item from the others: its keys, or itself where there are none; empty where nothing does."""
    if keys:
        named = is_mapping(item) and all(key in item for key in keys)
        return json.dumps([item[key] for key in keys]) if named else ""
    return "" if item is None or is_mapping(item) or is_list(item) else json.dumps(item)


def _is_named(item: Any, element: Any) -> bool:
    """Whether a desired item is the one that the element names; a key that it leaves out has its default."""
    if not is_mapping(element):
        return _equal(item, element)
    return is_mapping(item) and all(_equal(item[key], value) for key, value in element.items() if key in item)


def _element(key: str) -> Any:
    """The value or the keys that a path element holds; None where it cannot be read."""
    try:
        element = json.loads(key[2:])
    except ValueError:
        return None
    return element if is_mapping(element) == key.startswith("k:") else None
