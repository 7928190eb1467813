"""Pydantic's findings in words that say what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.stack import KINDS
from kkinfra.spec.structure import trace
from kkinfra.spec.usual_on import usual_on
from kkinfra.spec.wrong_key import meant_key
from kkinfra.spec.wrong_value import example_of, known_keys, not_a_mapping, wrong_value
from kkinfra.spec.wrong_variant import wrong_variant
from kkinfra.values.plain import is_list, is_mapping, value_at
from kkinfra.values.suggestions import nearest, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import ValidationError

    from kkinfra.values.document import Steps

_SECRET = 2
"""Steps of the path of a secret: `secrets`, and its name."""


def explain(error: ValidationError, document: Any) -> Iterator[tuple[Steps, str, bool]]:
    """Path in the document, problem with remedy, and whether the key is meant rather than its value."""
    by_place: dict[tuple[Steps, bool], list[Any]] = {}
    for detail in _independent(list(_details(error, document))):
        by_place.setdefault((detail["path"], detail["is_key"]), []).append(detail)
    told: set[Steps] = set()
    for (path, is_key), details in by_place.items():
        first = details[0]
        if first["type"].startswith("union_tag_"):
            yield wrong_variant(first)
        elif _holds_secret(first):
            yield path, _secret(first), is_key
        elif (*path[:-1], first["type"]) not in told or not isinstance(path[-1], int):
            told.add((*path[:-1], first["type"]))
            problem = _alternatives(details) if len(details) > 1 else wrong_value(first)
            yield path, f"{problem}{_more(path, first['type'], by_place)}", is_key


def _more(path: Steps, kind: str, by_place: dict[tuple[Steps, bool], list[Any]]) -> str:
    """How many further entries of a list are wrong in the same way."""
    if not isinstance(path[-1], int):
        return ""
    others = (details[0] for (other, _), details in by_place.items() if other[:-1] == path[:-1] and other != path)
    count = sum(other["type"] == kind for other in others)
    return f" (and {count} more of this list)" if count else ""


def _independent(details: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The findings without those that follow from another: what is missing, because its key is misspelt."""
    meant: set[Steps] = set()
    for detail in details:
        path = detail["path"]
        if detail["type"] == "extra_forbidden":
            meant.add((*path[:-1], meant_key(str(path[-1]), known_keys(detail))))
        if detail["type"] == "union_tag_not_found" and path[:1] == ("stack",):
            meant.add(("stack", nearest(path[-1], KINDS)))
    for detail in details:
        path = detail["path"]
        follows = detail["type"] == "missing" and (path in meant or path[:-1] in meant)
        if not follows:
            yield detail


def _details(error: ValidationError, document: Any) -> Iterator[dict[str, Any]]:
    """Pydantic's findings, each with its path in the document and what is written there."""
    for detail in error.errors(include_url=False):
        is_extra = detail["type"] == "extra_forbidden"
        wrong_key = detail["loc"][-1] == "[key]" and not is_extra
        loc = detail["loc"][:-1] if wrong_key else detail["loc"]
        path = trace(loc).path
        value = path[-1] if wrong_key else value_at(document, path)
        if detail["type"] == "too_short" and value:
            continue  # said of every list of which an element is wrong, however long it is
        yield {
            **detail, "loc": loc, "path": path, "value": value, "is_key": is_extra or wrong_key,
            "project": document.get("project", "shop"), "platform": _platform(document),
        }  # fmt: skip


def _platform(document: Any) -> str:
    """The kind of platform that is written, or to which the way of delivery belongs; empty where neither is known."""
    kind = value_at(document, ("platform", "kind"))
    if isinstance(kind, str):
        return kind
    usual = usual_on(str(value_at(document, ("delivery", "by"))))
    return next(iter(usual)) if len(usual) == 1 else ""


def _holds_secret(detail: Any) -> bool:
    """Whether the secret itself may stand where only its source belongs."""
    path = detail["path"]
    is_place = path[:1] == ("secrets",) or path[-1:] in (("password",), ("pull_secret",))
    return is_place and not is_mapping(detail["value"]) and not detail["is_key"]


def _secret(detail: Any) -> str:
    """What is wrong with a value below `secrets`, of which nothing is repeated."""
    path, name = detail["path"], detail["path"][1] if len(detail["path"]) > 1 else "NAME"
    change = "if the secret itself stands here, change it, since it stood in a file"
    if detail["type"] == "missing" or detail["value"] is None:
        return wrong_value(detail)
    if path[0] != "secrets":
        remedy = f"write the name of an entry of secrets, as in {example_of(detail)}"
        return f"is not a secret's name; {remedy}; if the password itself stands here, change it"
    if len(path) == 1:
        return not_a_mapping(detail["value"], example_of(detail)).replace(shown(detail["value"]), "a text")
    if len(path) == _SECRET:
        remedy = f"write where it comes from, as in {{env: {name}}}, and change this secret, since it stood in a file"
        return f"is the secret itself, or a text in its place; {remedy}"
    if detail["type"] == "tuple_type":
        rule = f"is not a list; write {example_of(detail)}"
    else:
        rule = getattr(detail.get("ctx", {}).get("error"), "rule", "")
    rule = rule or f"is not of the right form; write {example_of(detail)}"
    return f"{rule}; {change}"


def _alternatives(details: list[Any]) -> str:
    """One sentence for a value that fits none of several plain types."""
    for detail in details:
        if detail["type"] == "value_error" or (
            detail["type"].startswith("string_") and isinstance(detail["value"], str)
        ):
            return wrong_value(detail)
    value = details[0]["value"]
    if is_mapping(value) or is_list(value) or value is None:
        return f"{shown(value)} is not a plain value; write text, a whole number, true or false"
    return f'{shown(value)} is not text, a whole number, true or false; put it in quotes: "{shown(value)}"'
