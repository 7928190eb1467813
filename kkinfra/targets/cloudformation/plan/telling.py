"""Changes of a change set in the common form of differences, in which they are told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.difference.change import ABSENT, Action, Change, FieldChange
from kkinfra.difference.comparison import compared
from kkinfra.targets.cloudformation.plan.data_loss import HOLDS, how_it_goes, old_one
from kkinfra.targets.cloudformation.stack.values import LATER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from kkinfra.targets.cloudformation.stack.change_set import Kind, PropertyChange, ResourceChange

TARGET = "stack"

_ACTIONS: Mapping[Kind, Action] = {
    "add": "add", "import": "add", "change": "change", "dynamic": "may replace",
    "replace": "replace", "may replace": "may replace", "remove": "remove",
}  # fmt: skip
_PROPERTIES = "Properties"
_DRIFTED = frozenset({"MODIFIED", "DELETED"})
_RECREATIONS = {"always": "replaces the resource", "conditionally": "may replace the resource"}


def told_change(change: ResourceChange) -> Change:
    """A change of a resource, with a note of what follows, and each property with what causes it."""
    return Change(
        TARGET,
        f"{change.logical_id} ({change.type})",
        _ACTIONS[change.kind],
        tuple(_fields(change)),
        "; ".join(_notes(change)),
        drift=change.drift in _DRIFTED,
    )


def _notes(change: ResourceChange) -> Iterator[str]:
    if change.kind == "import":
        yield f"{change.physical_id or 'what is there'} is taken into the stack as it is"
    elif change.kind == "change":
        yield "in place"
    elif change.kind == "remove":
        yield how_it_goes(change)
    elif change.kind != "add":
        yield old_one(change)
    if change.kind in {"may replace", "dynamic"}:
        yield "only CloudFormation knows, and only while it does it"
    if change.kind in {"replace", "may replace", "remove", "dynamic"} and change.type in HOLDS:
        yield f"holds {HOLDS[change.type]}"
    if not change.properties and change.scope:
        yield f"of its {', '.join(change.scope)}"


def _fields(change: ResourceChange) -> Iterator[FieldChange]:
    """The properties that change; of a resource that comes or goes whole, all that it has."""
    for each in change.properties:
        yield from _property(each)
    if not change.properties and (change.before or change.after):
        before, after = _or_absent(change.before), _or_absent(change.after)
        for field in map(_known_later, compared(before, after)):
            yield replace(field, path=field.path.removeprefix(f"{_PROPERTIES}."))


def _property(change: PropertyChange) -> Iterator[FieldChange]:
    path = change.path if change.attribute == _PROPERTIES else f"{change.attribute}.{change.path}".strip(".")
    for field in field_changes(path or change.attribute, _or_absent(change.before), _or_absent(change.after)):
        said = "; ".join(text for text in (field.note, *_reasons(change)) if text)
        yield replace(field, note=said)


def field_changes(path: str, before: Any, after: Any) -> Iterator[FieldChange]:
    """What differs at a path, one at least: of a value that is a mapping or a list, what differs in it."""
    for field in compared(before, after) or (FieldChange(""),):
        yield replace(_known_later(field), path=_below(path, field.path))


def _reasons(change: PropertyChange) -> Iterator[str]:
    if change.recreation in _RECREATIONS:
        yield _RECREATIONS[change.recreation]
    if change.causes:
        yield f"from {', '.join(change.causes)}"
    if change.is_dynamic:
        yield "if that changes"


def _known_later(field: FieldChange) -> FieldChange:
    if LATER not in str(field.after):
        return field
    return replace(field, after=ABSENT, before=ABSENT, note="its value is known afterwards")


def _or_absent(value: Any) -> Any:
    return ABSENT if value is None else value


def _below(path: str, field: str) -> str:
    if not field:
        return path
    return f"{path}{field}" if field.startswith("[") else f"{path}.{field}"
