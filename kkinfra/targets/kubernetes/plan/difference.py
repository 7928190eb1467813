"""What a deploy changes of an object, field by field, without what the server writes and without secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kkinfra.difference.change import ABSENT
from kkinfra.difference.comparison import compared, equal
from kkinfra.targets.kubernetes.client.objects import part
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.secret import MASK, SecretText

if TYPE_CHECKING:
    from kkinfra.difference.change import FieldChange
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""What `kubectl apply` keeps of the manifest, a Secret's values included.

https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-to-create-objects
"""

_OF_THE_SERVER = frozenset({"creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid"})
_REVISION = "deployment.kubernetes.io/revision"
_SECRET_FIELDS = ("data", "stringData")


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What becomes of one object; it has no `fields` where it stays, or where only an order differs."""

    reference: Reference
    action: Literal["create", "change", "delete", "same"]
    fields: tuple[FieldChange, ...] = ()


def change(reference: Reference, live: JSON | None, after: JSON | None) -> ObjectChange:
    """The change from the live object to the one that is there afterwards; None where there is none.

    Values of a Secret are `***`, and where one changes, its key is named.
    """
    before, then = normalised(live), normalised(after)
    if equal(before, then):
        return ObjectChange(reference, "same")
    if reference.kind == "Secret":
        before, then = _hidden(before), _hidden(then)
    action: Literal["create", "change", "delete"] = (
        "create" if live is None else "delete" if after is None else "change"
    )
    return ObjectChange(reference, action, compared(before or ABSENT, then or ABSENT))


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
    told: JSON = _without_manifest({**rest, "metadata": metadata})
    return told


def _without_manifest(value: Any) -> Any:
    if is_mapping(value):
        return {key: MASK if key == LAST_APPLIED else _without_manifest(each) for key, each in value.items()}
    return [_without_manifest(each) for each in value] if is_list(value) else value


def _hidden(obj: JSON) -> JSON:
    """A Secret whose values are secrets, also where they are not what the API takes."""
    return obj | {field: _hidden_values(obj[field]) for field in _SECRET_FIELDS if field in obj}


def _hidden_values(values: Any) -> Any:
    if not is_mapping(values):
        return SecretText(json.dumps(values))
    return {key: SecretText(json.dumps(each)) for key, each in values.items()}
