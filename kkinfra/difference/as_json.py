"""A difference as plain values, for programs; docs/difference.schema.json describes them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT

if TYPE_CHECKING:
    from kkinfra.difference.change import Change, FieldChange
    from kkinfra.difference.report import Difference

VERSION = 1
"""Raised when a key goes or means something else; one that comes does not raise it."""


def as_json(difference: Difference) -> dict[str, Any]:
    """The document that `-o json` prints."""
    return {
        "version": VERSION, "environment": difference.environment, "differs": bool(difference.changes),
        "complete": difference.is_complete, "verdict": difference.verdict,
        "targets": [{**asdict(each), "notes": list(each.notes)} for each in difference.targets],
        "changes": [change_as_json(each) for each in difference.changes],
    }  # fmt: skip


def change_as_json(change: Change) -> dict[str, Any]:
    """A change, with the fields behind it."""
    return {
        "target": change.target, "identity": change.identity, "action": change.action, "drift": change.drift,
        "interrupts": change.interrupts, "note": change.note, "fields": [field_as_json(each) for each in change.fields],
    }  # fmt: skip


def field_as_json(field: FieldChange) -> dict[str, Any]:
    """A field; `before` and `after` are left out where there is no value: null is one."""
    told: dict[str, Any] = {"path": field.path, "action": field.action}
    if field.before is not ABSENT:
        told["before"] = field.before
    if field.after is not ABSENT:
        told["after"] = field.after
    return told | {"note": field.note, "lines": list(field.lines)}
