"""What a deploy changes of an object, line by line, without what the server writes and without secrets."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kkinfra.plain import is_list, is_mapping
from kkinfra.secret import MASK
from kkinfra.targets.kubernetes.objects import part
from kkinfra.yaml_text import document

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.objects import JSON, Reference

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""What `kubectl apply` keeps of the manifest, a Secret's values included.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-to-create-objects
"""

_OF_THE_SERVER = frozenset({"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"})
_REVISION = "deployment.kubernetes.io/revision"
_SECRET_FIELDS = ("data", "stringData")
_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one object; `lines` are those of a unified diff without its header, none where it stays."""

    reference: Reference
    action: Literal["create", "change", "delete", "same"]
    lines: tuple[str, ...] = ()


def change(reference: Reference, live: JSON | None, after: JSON | None) -> Change:
    """The change from the live object to the one that is there afterwards; None where there is none.

    Values of a Secret are `***`; where one changes, `*** (before)` and `*** (after)`.
    """
    before, then = ({}, {}) if live == after else (normalised(live), normalised(after))
    if before == then:
        return Change(reference, "same")
    if reference.kind == "Secret":
        before, then = _hidden(before, then, "before"), _hidden(then, before, "after")
    lines = tuple(difflib.unified_diff(_lines(before), _lines(then), n=_CONTEXT, lineterm=""))[2:]
    return Change(reference, "create" if live is None else "delete" if after is None else "change", lines)


def normalised(obj: JSON | None) -> JSON:
    """An object without its status and what the server writes into its metadata; empty where there is none.

    The annotation in which kubectl keeps a manifest is hidden, wherever it is.
    """
    if obj is None:
        return {}
    metadata = {key: value for key, value in part(obj, "metadata").items() if key not in _OF_THE_SERVER}
    annotations = {key: value for key, value in part(metadata, "annotations").items() if key != _REVISION}
    metadata.pop("annotations", None)
    if annotations:
        metadata["annotations"] = annotations
    rest = {key: value for key, value in obj.items() if key not in {"metadata", "status"}}
    ordered: JSON = _ordered({**rest, "metadata": metadata})
    return ordered


def _ordered(value: Any) -> Any:
    """The value with its keys sorted, so that only values make a difference."""
    if is_mapping(value):
        return {key: MASK if key == LAST_APPLIED else _ordered(value[key]) for key in sorted(value)}
    return [_ordered(each) for each in value] if is_list(value) else value


def _hidden(obj: JSON, other: JSON, side: str) -> JSON:
    """A Secret without its values; those that are others on the other side are told by the side they are on."""
    return obj | {field: _hidden_values(obj[field], other.get(field), side) for field in _SECRET_FIELDS if field in obj}


def _hidden_values(values: Any, others: Any, side: str) -> Any:
    if not is_mapping(values):
        return MASK if values == others else f"{MASK} ({side})"
    there = others if is_mapping(others) else {}
    return {key: f"{MASK} ({side})" if key in there and there[key] != value else MASK for key, value in values.items()}


def _lines(obj: JSON) -> list[str]:
    return document(obj).removesuffix("\n").split("\n") if obj else []
