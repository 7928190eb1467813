"""Which items of two lists are the same one: what a reader calls an item by, wherever it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_KEYS = (
    ("name",), ("key",), ("mountPath",), ("containerPort", "protocol"), ("containerPort",), ("port", "protocol"),
    ("port",), ("ip",), ("host",), ("path",), ("target",), ("source",), ("type",), ("topologyKey",), ("uid",), ("id",),
    ("Key",), ("Name",), ("Id",),
)  # fmt: skip
"""What names an item, the first that does so on both sides.

Kubernetes: the merge keys of its API (https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/, "patch
strategy"), and of Ingress `host` and `path`; Compose: `target` and `source` of a volume; AWS: `Key` of a tag.
"""


def identified(before: Sequence[Any], after: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The items of both lists by what they are called; None where nothing tells them apart on both sides."""
    if not all(is_mapping(each) for each in (*before, *after)):
        return None
    for keys in _KEYS:
        named = _named(before, keys), _named(after, keys)
        if named[0] is not None and named[1] is not None:
            return named[0], named[1]
    return None


def _named(items: Sequence[Any], keys: tuple[str, ...]) -> dict[str, Any] | None:
    names = list(_names(items, keys))
    return dict(zip(names, items, strict=True)) if None not in names and len({*names}) == len(items) else None


def _names(items: Sequence[Any], keys: tuple[str, ...]) -> Iterator[Any]:
    for item in items:
        values = [item.get(key) for key in keys]
        is_named = all(isinstance(value, str | int) and not isinstance(value, bool) for value in values)
        yield "/".join(str(value) for value in values) if is_named else None
