"""Patches of three forms: JSON patch (RFC 6902), merge patch (RFC 7386), strategic merge patch.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cluster_double.statuses import Refused, bad_request, unsupported_media
from cluster_double.store import clone

if TYPE_CHECKING:
    from cluster_double.schema import Node

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"


def patched(node: Node, old: dict[str, Any], patch: Any, form: str) -> dict[str, Any]:
    """The object with the patch; Refused where the patch is of no known form or cannot be applied."""
    if form == JSON_PATCH:
        return _operated(clone(old), patch)
    if form == MERGE_PATCH:
        return _merged(old, patch)
    if form == STRATEGIC_PATCH and not node.named:
        return _strategic(node, old, patch)
    if node.named:
        raise unsupported_media(f"{JSON_PATCH}, {MERGE_PATCH}, {APPLY_PATCH}")
    raise Refused(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def _merged(old: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    old = old if isinstance(old, dict) else {}
    left = {key: value for key, value in old.items() if key not in patch}
    return left | {key: _merged(old.get(key), value) for key, value in patch.items() if value is not None}


def _strategic(node: Node, old: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {key: value for key, value in patch.items() if key != "$patch"}
    result = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if key.startswith("$"):
            continue
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _strategic_child(node, key, result.get(key), value)
    if isinstance(patch.get("$retainKeys"), list):
        result = {key: value for key, value in result.items() if key in patch["$retainKeys"]}
    return result


def _strategic_child(node: Node, key: str, old: Any, value: Any) -> Any:
    child = node.field(key)
    if not isinstance(value, list):
        return _strategic(child, old, value)
    raw = node.raw.get("properties", {}).get(key, {})
    if "merge" not in raw.get("x-kubernetes-patch-strategy", ""):
        return value
    merge_key = raw.get("x-kubernetes-patch-merge-key")
    if merge_key is None:
        return list(dict.fromkeys([*(old or []), *value]))
    return _strategic_items(child.element, merge_key, list(old or []), value)


def _strategic_items(node: Node, merge_key: str, old: list[Any], patch: list[Any]) -> list[Any]:
    if any(item.get("$patch") == "replace" and merge_key not in item for item in patch):
        return [item for item in patch if "$patch" not in item]
    new: list[Any] = []
    for item in patch:
        at = next((at for at, known in enumerate(old) if known.get(merge_key) == item.get(merge_key)), None)
        if item.get("$patch") == "delete":
            old = [known for known in old if known.get(merge_key) != item.get(merge_key)]
        elif at is None:
            new.append(_strategic(node, {}, item))
        else:
            old[at] = _strategic(node, old[at], item)
    return [*new, *old]


def _operated(document: Any, operations: list[dict[str, Any]]) -> Any:
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch")
    for operation in operations:
        _operate(document, operation)
    return document


def _operate(document: Any, operation: dict[str, Any]) -> None:
    path = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
    parent = document
    for part in path[:-1]:
        parent = _child(parent, part, operation)
    last, name = path[-1], operation["op"]
    if name == "test":
        if _child(parent, last, operation) != operation.get("value"):
            raise _unprocessable()
    elif name == "add" and isinstance(parent, list):
        parent.insert(len(parent) if last == "-" else int(last), operation["value"])
    elif name in ("add", "replace") and isinstance(parent, dict):
        parent[last] = operation["value"]
    elif name in ("replace", "remove"):
        _child(parent, last, operation)
        key: Any = int(last) if isinstance(parent, list) else last
        if name == "remove":
            del parent[key]
        else:
            parent[key] = operation["value"]
    else:
        raise bad_request(f"Unexpected kind: {name}")


def _child(parent: Any, part: str, operation: dict[str, Any]) -> Any:
    try:
        return parent[int(part)] if isinstance(parent, list) else parent[part]
    except (KeyError, IndexError, TypeError, ValueError):
        raise _unprocessable() from None


def _unprocessable() -> Refused:
    return Refused(422, "Invalid", "the server rejected our request due to an error in our request", {})
