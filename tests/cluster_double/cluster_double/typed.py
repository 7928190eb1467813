"""Typed values: the set of their fields, how two differ, how they are merged, and without some of their fields.

The rules are those of package `typed` of https://github.com/kubernetes-sigs/structured-merge-diff.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cluster_double.paths import FieldSet, Path, field_element, item_element, value_element
from cluster_double.schema import KEY_DEFAULTS

if TYPE_CHECKING:
    from cluster_double.schema import Node


class Missing:
    """The mark of a value that is not there; null is one that is."""


MISSING = Missing()


class TypedError(Exception):
    """A value that is not of its type: `.spec.foo: field not declared in schema`."""


def element_of(node: Node, item: Any) -> str:
    """The path element of an item of an associative list."""
    if not node.keys:
        return value_element(item)
    keys = {key: item.get(key, _key_default(node.element, key)) for key in node.keys if isinstance(item, dict)}
    keys = {key: value for key, value in keys.items() if value is not None}
    if not keys:
        names = " ".join(f'"{key}"' for key in node.keys)
        raise TypedError(
            f"associative list with keys has an element that omits all key fields [{names}] "
            "(and doesn't have default values for any key fields)"
        )
    return item_element(keys)


def _key_default(node: Node, key: str) -> Any:
    """A key that is left out is the zero of its type where it is required."""
    zero = {"string": "", "numeric": 0}.get(node.field(key).scalar or "") if key in node.required else None
    return KEY_DEFAULTS.get(key, zero)


def field_set(node: Node, value: Any) -> FieldSet:
    """Every leaf, and every item of an associative list or a map, that the value has."""
    found: set[Path] = set()
    _collect(node, value, (), found)
    return frozenset(found)


def _collect(node: Node, value: Any, path: Path, found: set[Path]) -> None:
    shape = node.of(value)
    if shape == "scalar" or node.is_atomic(shape):
        found.add(path)
    elif shape == "list":
        for item in value or ():
            below = (*path, element_of(node, item))
            _collect(node.element, item, below, found)
            found.add(below)
    else:
        for key, child in (value or {}).items():
            below = (*path, field_element(key))
            _collect(node.field(key), child, below, found)
            if child is None or child == {} or not node.names(key):
                found.add(below)


@dataclass(slots=True)
class Comparison:
    """What differs: no path is in two of them."""

    added: set[Path] = field(default_factory=set)
    modified: set[Path] = field(default_factory=set)
    removed: set[Path] = field(default_factory=set)

    def without(self, roots: tuple[Path, ...]) -> Comparison:
        def kept(paths: set[Path]) -> set[Path]:
            return {path for path in paths if not any(path[: len(root)] == root for root in roots)}

        return Comparison(kept(self.added), kept(self.modified), kept(self.removed))


def compare(node: Node, before: Any, after: Any) -> Comparison:
    """How two values of the type differ."""
    found = Comparison()
    _compare(node, before, after, (), found)
    return found


def _compare(node: Node, before: Any, after: Any, path: Path, found: Comparison) -> None:
    if before is after:
        return
    shape = node.of(before if after is MISSING else after)
    if _is_leaf(node, before, after, shape):
        _compare_leaf(before, after, path, found)
        return
    for element, child, old, new in _pairs(node, shape, _present(before), _present(after)):
        _compare(child, old, new, (*path, element), found)
    if before is MISSING:
        found.added.add(path)
    elif after is MISSING:
        found.removed.add(path)


def _present(value: Any) -> Any:
    return None if value is MISSING else value


def _is_leaf(node: Node, before: Any, after: Any, shape: str) -> bool:
    if shape == "scalar" or node.is_atomic(shape) or (not _present(before) and not _present(after)):
        return True
    return node.shape == "any" and MISSING not in (before, after) and node.of(before) != shape


def _compare_leaf(before: Any, after: Any, path: Path, found: Comparison) -> None:
    if before is MISSING:
        found.added.add(path)
    elif after is MISSING:
        found.removed.add(path)
    elif before != after or (isinstance(before, bool) != isinstance(after, bool)):
        found.modified.add(path)


def _pairs(node: Node, shape: str, before: Any, after: Any) -> list[tuple[str, Node, Any, Any]]:
    if shape == "map":
        before, after = before or {}, after or {}
        return [
            (field_element(key), node.field(key), before.get(key, MISSING), after.get(key, MISSING))
            for key in {**before, **after}
        ]
    old = {element_of(node, item): item for item in before or ()}
    new = {element_of(node, item): item for item in after or ()}
    return [(key, node.element, old.get(key, MISSING), new.get(key, MISSING)) for key in {**old, **new}]


def merge(node: Node, live: Any, config: Any) -> Any:
    """The live value with what the configuration sets; nothing is removed."""
    if config is MISSING:
        return live
    shape = node.of(config)
    if live is MISSING and shape == "scalar":
        return config
    if _is_leaf(node, live, config, shape):
        return config
    if shape == "list":
        return _merge_lists(node, _present(live) or [], config or [])
    live, config = _present(live) or {}, config or {}
    keys = {**live, **config}
    merged = {key: merge(node.field(key), live.get(key, MISSING), config.get(key, MISSING)) for key in keys}
    return {key: value for key, value in merged.items() if value is not MISSING}


def _merge_lists(node: Node, live: list[Any], config: list[Any]) -> list[Any]:
    """Items of the live list, those that both have in the configuration's order, new ones where it has them."""
    old = {element_of(node, item): item for item in live}
    new = {element_of(node, item): item for item in config}
    return [merge(node.element, old.get(key, MISSING), new.get(key, MISSING)) for key in _order(list(old), list(new))]


def _order(live: list[str], config: list[str]) -> list[str]:
    old, new = set(live), set(config)
    shared = [key for key in config if key in old]
    order: list[str] = []
    done: set[str] = set()
    at_live = at_config = 0
    while at_live < len(live) or at_config < len(config):
        if at_live < len(live):
            key = live[at_live]
            if at_config < len(config) and key == config[at_config]:
                order.append(key)
                done.add(key)
                at_live, at_config, shared = at_live + 1, at_config + 1, shared[1:]
                continue
            if at_config < len(config) and key in new and shared and shared[0] != key:
                at_live += 1
                continue
            if key not in new:
                order.append(key)
                at_live += 1
                continue
            if key in done:
                at_live += 1
        if at_config < len(config):
            key = config[at_config]
            order.append(key)
            done.add(key)
            at_config += 1
            if shared and shared[0] == key:
                shared = shared[1:]
    return order


@dataclass(slots=True)
class _Tree:
    members: set[str] = field(default_factory=set)
    children: dict[str, _Tree] = field(default_factory=dict)


def _tree(paths: FieldSet) -> _Tree:
    root = _Tree()
    for path in paths:
        node = root
        for element in path[:-1]:
            node = node.children.setdefault(element, _Tree())
        if path:
            node.members.add(path[-1])
    return root


def without(node: Node, value: Any, paths: FieldSet) -> Any:
    """The value without the fields and items at the paths."""
    return _without(node, value, _tree(paths))


def _without(node: Node, value: Any, tree: _Tree) -> Any:
    shape = node.of(value)
    if shape == "scalar" or not value:
        return value
    if node.is_atomic(shape):
        return None
    if shape == "list":
        items = [(element_of(node, item), node.element, item) for item in value]
        return [child for _, child in _left(items, tree)] or None
    fields = [(field_element(key), node.field(key), child) for key, child in value.items()]
    return {element[2:]: child for element, child in _left(fields, tree)} or None


def _left(children: list[tuple[str, Node, Any]], tree: _Tree) -> list[tuple[str, Any]]:
    return [
        (element, _without(node, child, tree.children[element]) if element in tree.children else child)
        for element, node, child in children
        if element not in tree.members
    ]
