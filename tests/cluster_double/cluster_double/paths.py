"""Paths of fields, and sets of them as `managedFields` holds them.

The format: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/ (fieldsV1), and
fieldpath/serialize.go of https://github.com/kubernetes-sigs/structured-merge-diff.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cluster_double.schema import Node

Path = tuple[str, ...]
FieldSet = frozenset[Path]
EMPTY: FieldSet = frozenset()
_ORDER = {"f": 0, "k": 1, "v": 2, "i": 3}
_HTML = {ord(character): f"\\u{ord(character):04x}" for character in "<>&"}


def field_element(name: str) -> str:
    return f"f:{name}"


def item_element(keys: dict[str, Any]) -> str:
    return f"k:{_json(keys)}"


def value_element(value: Any) -> str:
    return f"v:{_json(value)}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False).translate(_HTML)


def shown(path: Path) -> str:
    """`.spec.containers[name="web"].image`, as messages of conflicts write it."""
    return "".join(_shown(element) for element in path)


def _shown(element: str) -> str:
    kind, _, text = element.partition(":")
    if kind == "f":
        return f".{text}"
    if kind == "k":
        return f"[{','.join(f'{key}={_json(value)}' for key, value in sorted(json.loads(text).items()))}]"
    return f"[={text}]" if kind == "v" else f"[{text}]"


def rank(path: Path) -> tuple[tuple[int, str], ...]:
    """What paths are sorted by: fields before keys, values and indices."""
    return tuple((_ORDER[element[0]], element) for element in path)


def visited(path: Path) -> tuple[tuple[bool, int, str], ...]:
    """The order in which conflicts are told: at each level what ends there, then what is below."""
    last = len(path) - 1
    return tuple((at < last, _ORDER[element[0]], element) for at, element in enumerate(path))


def fields_v1(paths: Iterable[Path]) -> dict[str, Any]:
    """The tree that `fieldsV1` is. A member with children of its own has `.`."""
    tree: dict[str, Any] = {}
    found = sorted(paths, key=rank)
    for path in found:
        node = tree
        for element in path:
            node = node.setdefault(element, {})
    for path in found:
        node = tree
        for element in path:
            node = node[element]
        if node:
            node["."] = {}
    return _dots_first(tree)


def _dots_first(tree: dict[str, Any]) -> dict[str, Any]:
    dot: dict[str, Any] = {".": {}} if "." in tree else {}
    return dot | {key: _dots_first(child) for key, child in tree.items() if key != "."}


def paths_of(tree: dict[str, Any], path: Path = ()) -> set[Path]:
    """The paths that `fieldsV1` names."""
    found: set[Path] = set()
    for element, child in tree.items():
        if element == ".":
            found.add(path)
        elif not child:
            found.add((*path, element))
        else:
            found |= paths_of(child, (*path, element))
    return found


def with_named_fields(node: Node, paths: FieldSet) -> FieldSet:
    """The paths, and those of each struct's field that they are in."""
    return paths | {path[:end] for path in paths for end in _named(node, path)}


def _named(node: Node | None, path: Path) -> list[int]:
    found: list[int] = []
    for at, element in enumerate(path[:-1], start=1):
        if node is None:
            break
        if element[0] == "f":
            if node.shape != "list" and node.names(element[2:]):
                found.append(at)
            node = node.field(element[2:]) if node.shape != "list" else None
        else:
            node = node.element if element[0] == "k" and node.shape == "list" else None
    return found


def without_subtrees(paths: FieldSet, roots: Iterable[Path]) -> FieldSet:
    """The paths that are in none of the subtrees."""
    roots = tuple(roots)
    return frozenset(path for path in paths if not any(path[: len(root)] == root for root in roots))
