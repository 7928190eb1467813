"""What the server makes of a body: fields it does not know, values of another type, and the form it keeps.

https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from cluster_double.quantity import canonical
from cluster_double.typed import TypedError, element_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_double.kinds import JSON
    from cluster_double.schema import Node

# Numbers, texts and flags that Go leaves out where they are zero; others are pointers, and stay.
ZERO_IS_ABSENT = frozenset({
    "hostPort", "minReadySeconds", "initialDelaySeconds", "hostNetwork", "hostPID", "hostIPC",
    "nodePort", "stdin", "stdinOnce", "tty", "paused", "publishNotReadyAddresses",
    "medium", "subPath", "readOnly", "externalName", "generateName", "uid",
    "resourceVersion", "generation", "selfLink", "creationTimestamp", "hostIP", "value",
})  # fmt: skip


def unknown_fields(node: Node, value: Any, path: str = "") -> Iterator[str]:
    """`spec.template.spec.containers[0].imagee`, in order, of what the type does not declare."""
    if isinstance(value, dict) and node.of(value) == "map":
        for key, child in value.items():
            below = f"{path}.{key}" if path else key
            if node.declares(key):
                yield from unknown_fields(node.field(key), child, below)
            else:
                yield below
    elif isinstance(value, list) and node.of(value) == "list":
        for at, child in enumerate(value):
            yield from unknown_fields(node.element, child, f"{path}[{at}]")


def type_errors(node: Node, value: Any, path: str = "", *, declared: bool = False) -> Iterator[str]:
    """What is not of the type, as server-side apply says it; with `declared`, unknown fields too."""
    shape = node.of(value)
    if value is None or node.shape == "any":
        return
    if shape == "scalar":
        yield from _scalar_errors(node, value, path)
    elif shape == "map" and isinstance(value, dict):
        yield from _map_errors(node, value, path, declared=declared)
    elif shape == "list" and isinstance(value, list):
        yield from _list_errors(node, value, path, declared=declared)
    else:
        yield f"{path}: expected {shape}, got &{{{_text(value)}}}"


def _map_errors(node: Node, value: dict[str, Any], path: str, *, declared: bool) -> Iterator[str]:
    """The first field that is not declared; where there is none, what is wrong below."""
    unknown = [key for key in value if declared and not node.declares(key)]
    yield from (f"{path}.{key}: field not declared in schema" for key in unknown[:1])
    for key, child in value.items():
        if not unknown:
            yield from type_errors(node.field(key), child, f"{path}.{key}", declared=declared)


def _list_errors(node: Node, value: list[Any], path: str, *, declared: bool) -> Iterator[str]:
    seen: set[str] = set()
    for at, child in enumerate(value):
        if node.atomic:
            yield from type_errors(node.element, child, f"{path}[{at}]", declared=declared)
            continue
        try:
            element = element_of(node, child)
        except TypedError as error:
            yield f"{path}: element {at}: {error}"
            continue
        if element in seen:
            yield f"{path}: duplicate entries for key {_key(element)}"
        seen.add(element)
        yield from type_errors(node.element, child, f"{path}{_key(element)}", declared=declared)


def _key(element: str) -> str:
    from cluster_double.paths import shown

    return shown((element,))


_WANTED = {
    "numeric": ((int, float), "numeric (int or float)"), "string": ((str,), "string"), "boolean": ((bool,), "boolean"),
    "untyped": ((int, float, str, bool), "any scalar"),
}  # fmt: skip


def _scalar_errors(node: Node, value: Any, path: str) -> Iterator[str]:
    types, name = _WANTED[node.scalar or "untyped"]
    if not isinstance(value, types) or (isinstance(value, bool) and node.scalar == "numeric"):
        yield f"{path}: expected {name}, got {_go(node, value)}"


def _go(node: Node, value: Any) -> str:
    """The value as Go prints it in this message."""
    if node.scalar == "numeric":
        names = {bool: "bool", str: "string", list: "[]interface {}"}
        return next((name for kind, name in names.items() if isinstance(value, kind)), "map[string]interface {}")
    if node.scalar == "string" and not isinstance(value, dict | list):
        return f"&value.valueUnstructured{{Value:{_text(value)}}}"
    return f"&{{{_text(value)}}}"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def kept(node: Node, value: Any, key: str = "") -> Any:
    """The form that the server keeps: no nulls, no empty lists and maps, canonical quantities."""
    if isinstance(value, dict) and node.of(value) == "map":
        children = {name: kept(node.field(name), child, name) for name, child in value.items()}
        return {name: child for name, child in children.items() if not _absent(node, name, child)}
    if isinstance(value, list) and node.of(value) == "list":
        return [kept(node.element, child) for child in value]
    return canonical(value) if node.is_quantity and value is not None else value


def _absent(node: Node, name: str, value: Any) -> bool:
    if value is None:
        return True
    if node.named or node.shape == "any":
        return False
    if isinstance(value, list | dict) and not value:
        child = node.field(name)
        return "properties" not in child.raw and child.shape != "any"
    is_zero = value in (0, "", False) and name in ZERO_IS_ABSENT and name not in node.required
    return is_zero and node.names(name)


def encoded_secret(obj: JSON) -> JSON:
    """`stringData` becomes `data`; reading never shows it."""
    plain = obj.get("stringData")
    if not plain:
        return {key: value for key, value in obj.items() if key != "stringData"}
    data = {key: base64.b64encode(str(text).encode()).decode() for key, text in plain.items()}
    rest = {key: value for key, value in obj.items() if key != "stringData"}
    return rest | {"data": {**(rest.get("data") or {}), **data}}
