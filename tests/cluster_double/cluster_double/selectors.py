"""Selectors of labels and of fields.

https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cluster_double.statuses import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON

_SET = re.compile(r"^\s*([^\s!=,()]+)\s+(in|notin)\s+\(([^)]*)\)\s*$")
_EQUAL = re.compile(r"^\s*([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)\s*$")
_HAS = re.compile(r"^\s*(!?)\s*([^\s!=,()]+)\s*$")
_COMMA = re.compile(r",(?![^(]*\))")
Labels = dict[str, str]


def labels_match(selector: str) -> Callable[[Labels], bool]:
    """Whether labels fit the selector of a query; Refused (400) where it cannot be read."""
    tests = [_requirement(part) for part in _COMMA.split(selector) if part.strip()]
    return lambda labels: all(test(labels) for test in tests)


def _requirement(part: str) -> Callable[[Labels], bool]:
    if found := _SET.match(part):
        key, inside = found[1], found[2] == "in"
        values = {value.strip() for value in found[3].split(",")}
        return lambda labels: (labels.get(key) in values) if inside else (labels.get(key) not in values)
    if found := _EQUAL.match(part):
        key, equal, value = found[1], found[2] != "!=", found[3]
        return lambda labels: (labels.get(key) == value) is equal
    if found := _HAS.match(part):
        key, wanted = found[2], not found[1]
        return lambda labels: (key in labels) is wanted
    raise bad_request(f"unable to parse requirement: found '{part.strip()}', expected: identifier")


def selects(selector: JSON | None, labels: Labels | None) -> bool:
    """Whether a LabelSelector selects the labels; none selects nothing, an empty one all."""
    if selector is None:
        return False
    labels = labels or {}
    equal = all(labels.get(key) == value for key, value in (selector.get("matchLabels") or {}).items())
    return equal and all(_expression(each, labels) for each in selector.get("matchExpressions") or [])


def _expression(each: JSON, labels: Labels) -> bool:
    value, values = labels.get(each["key"]), each.get("values") or []
    tests = {"In": value in values, "NotIn": value not in values, "Exists": value is not None}
    return tests.get(each["operator"], value is None)


def fields_match(selector: str, known: tuple[str, ...]) -> Callable[[JSON], bool]:
    """Whether an object fits `metadata.name=x,involvedObject.kind!=y`; Refused where a field is none of the known."""
    tests = [_field(part, known) for part in selector.split(",") if part.strip()]
    return lambda obj: all(test(obj) for test in tests)


def _field(part: str, known: tuple[str, ...]) -> Callable[[JSON], bool]:
    found = _EQUAL.match(part)
    if found is None:
        raise bad_request(f'invalid selector: "{part}"; can\'t understand "{part}"')
    if not found[1].startswith(known):
        raise bad_request(f"field label not supported: {found[1]}")
    path, equal, value = found[1].split("."), found[2] != "!=", found[3]
    return lambda obj: (str(_at(obj, path)) == value) is equal


def _at(obj: Any, path: list[str]) -> Any:
    for key in path:
        obj = obj.get(key) if isinstance(obj, dict) else None
    return "" if obj is None else obj
