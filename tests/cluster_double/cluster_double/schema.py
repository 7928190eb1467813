"""The types of fields, from the OpenAPI of Kubernetes 1.33: what is granular, what is atomic, which keys lists have.

The rules: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from __future__ import annotations

import json
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

DEFINITIONS = "kubernetes-json-schema/v1.33.0-local/_definitions.json"
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
KEY_DEFAULTS = {"protocol": "TCP"}  # of ports, of containers and of services
_SCALARS = {"integer": "numeric", "number": "numeric", "string": "string", "boolean": "boolean"}


class Node:
    """The type of one value. `shape` is `scalar`, `list`, `map`, or `any`, which its value tells."""

    def __init__(self, raw: dict[str, Any], *, named: bool = False):
        self.raw = raw
        self.named = named  # of a custom resource, whose schema preserves what it does not name
        self._fields: dict[str, Node] = {}

    @cached_property
    def shape(self) -> str:
        if "properties" in self.raw or "additionalProperties" in self.raw:
            return "map"
        if "items" in self.raw:
            return "list"
        return "scalar" if self.scalar else "any"

    @cached_property
    def scalar(self) -> str | None:
        """`numeric`, `string`, `boolean` or `untyped`; none where it is no scalar."""
        if "oneOf" in self.raw:
            return "untyped"
        names = self.raw.get("type", ())
        names = (names,) if isinstance(names, str) else names
        return next((_SCALARS[name] for name in names if name in _SCALARS), None)

    @cached_property
    def atomic(self) -> bool:
        if self.shape == "list":
            return self.raw.get("x-kubernetes-list-type", "atomic") == "atomic"
        return self.raw.get("x-kubernetes-map-type") == "atomic"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of an associative list; none for a set."""
        return tuple(sorted(self.raw.get("x-kubernetes-list-map-keys", ())))

    @cached_property
    def element(self) -> Node:
        if self.shape == "any":
            return self
        return _node(self.raw["items"] if self.shape == "list" else self.raw.get("additionalProperties", {}))

    @cached_property
    def is_quantity(self) -> bool:
        return {"number"} <= {name for choice in self.raw.get("oneOf", ()) for name in choice["type"]}

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(self.raw.get("required", ()))

    def names(self, key: str) -> bool:
        """Whether the key is a field of a struct, rather than a key of a map."""
        return key in self.raw.get("properties", {})

    def declares(self, key: str) -> bool:
        return self.shape == "any" or self.named or "additionalProperties" in self.raw or self.names(key)

    def field(self, key: str) -> Node:
        if key not in self._fields:
            properties = self.raw.get("properties", {})
            self._fields[key] = _node(properties[key]) if key in properties else self.element
        return self._fields[key]

    def of(self, value: object) -> str:
        """The shape that a value of this type has."""
        if self.shape != "any":
            return self.shape
        return "map" if isinstance(value, dict) else "list" if isinstance(value, list) else "scalar"

    def is_atomic(self, shape: str) -> bool:
        return shape == "list" if self.shape == "any" else self.atomic


ANY = Node({})
NAMED = Node({}, named=True)


@cache
def _definitions() -> dict[str, Any]:
    text = files("kubernetes_validate").joinpath(DEFINITIONS).read_text(encoding="utf-8")
    return json.loads(text)["$defs"]


@cache
def _definition(name: str) -> Node:
    return Node(_definitions()[name])


def _node(raw: Any) -> Node:
    if not isinstance(raw, dict) or not raw:
        return ANY
    reference = raw.get("$ref")
    if reference is None:
        return Node(raw)
    name = reference.rpartition("/")[2]
    more = {key: value for key, value in raw.items() if key.startswith("x-kubernetes-map-type")}
    return Node({**_definitions()[name], **more}) if more else _definition(name)


@cache
def _kinds() -> dict[tuple[str, str, str], str]:
    return {
        (known["group"], known["version"], known["kind"]): name
        for name, raw in _definitions().items()
        for known in raw.get("x-kubernetes-group-version-kind", ())
    }


class _Custom(Node):
    """A custom resource: metadata is known, the rest is preserved as it is."""

    def __init__(self) -> None:
        super().__init__({"properties": {"apiVersion": {}, "kind": {}, "metadata": {}}}, named=True)

    def field(self, key: str) -> Node:
        return _definition(META) if key == "metadata" else NAMED


CUSTOM = _Custom()


@cache
def type_of(group: str, version: str, kind: str) -> Node:
    """The type of a kind's objects; of a custom resource where the OpenAPI does not name it."""
    name = _kinds().get((group, version, kind))
    return CUSTOM if name is None else _definition(name)
