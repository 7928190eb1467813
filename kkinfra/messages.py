"""Pydantic's findings in words that say what to write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.suggestions import did_you_mean
from kkinfra.units import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import ValidationError

    from kkinfra.document import Steps

_TYPES = {
    "string_type": "text; put it in quotes",
    "int_type": "a whole number; write it without quotes",
    "int_from_float": "a whole number; write it without a fraction",
    "bool_type": "true or false; write one of them, without quotes",
    "tuple_type": "a list; write [a, b]",
    "list_type": "a list; write [a, b]",
    "dict_type": "a mapping; write keys and values",
    "model_type": "a mapping; write keys and values",
    "model_attributes_type": "a mapping; write keys and values",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


def explain(error: ValidationError, document: Any) -> Iterator[tuple[Steps, str, bool]]:
    """Path in the document, problem with remedy, and whether the key is meant rather than its value."""
    by_path: dict[Steps, list[Any]] = {}
    for detail in error.errors(include_url=False):
        by_path.setdefault(_path(detail["loc"], document), []).append(detail)
    for path, details in by_path.items():
        kind = details[0]["type"]
        if len(details) > 1 and kind != "extra_forbidden":
            yield path, _alternatives(details, _at(document, path)), False
        else:
            is_key = kind == "extra_forbidden" or details[0]["loc"][-1:] == ("[key]",)
            yield path, _problem(details[0], document, path), is_key


def _path(loc: Sequence[str | int], document: Any) -> Steps:
    """The steps of `loc` that exist in the document, and a last one that is missing from it."""
    path: list[str | int] = []
    value = document
    for index, step in enumerate(loc):
        if isinstance(value, dict) and step in value:
            value = value[step]
            path.append(step)
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
            path.append(step)
        elif index == len(loc) - 1 and isinstance(value, dict) and step != "[key]":
            path.append(step)
    return tuple(path)


def _at(document: Any, path: Steps) -> Any:
    for step in path:
        document = document[step] if not isinstance(document, dict) or step in document else None
    return document


def _problem(detail: Any, document: Any, path: Steps) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    value = _at(document, path)
    if kind == "missing":
        return f"is missing; write {_example(path, detail)}"
    if kind == "extra_forbidden":
        known = _known_keys(detail["loc"], document, path)
        choices = f"; the keys here are: {', '.join(sorted(known))}" if known else ""
        return f"is not a key here{did_you_mean(str(path[-1]), known)}{choices}"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _tag(context, value)
    if kind == "literal_error":
        return f"{shown(value)} is not one of: {context['expected'].replace(' or ', ', ')}"
    if kind in _TYPES:
        return f"{shown(value)} is not {_TYPES[kind]}"
    if kind in _LIMITS:
        field, words = _LIMITS[kind]
        return f"{shown(value)} is out of range; write {words} {context[field]}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_pattern_mismatch":
        return f"{shown(value)} is not of the right form; write text that matches {context['pattern']}"
    if kind in ("too_short", "too_long"):
        return f"has {context['actual_length']} entries; write {_count(kind, context)}"
    if kind in ("string_too_long", "string_too_short"):
        return f"is {len(str(value))} characters long; write {_count(kind, context)}"
    if kind in ("string_unicode", "string_sub_type"):
        return "is not text in Unicode; take out the characters that are none"
    return f"{shown(value)}: {detail['msg'][0].lower()}{detail['msg'][1:]}"


def _count(kind: str, context: dict[str, Any]) -> str:
    return f"at least {context['min_length']}" if "short" in kind else f"at most {context['max_length']}"


def _alternatives(details: list[Any], value: Any) -> str:
    """One sentence for a value that fits none of several types."""
    own = [str(detail["ctx"]["error"]) for detail in details if detail["type"] == "value_error"]
    if own:
        return own[0]
    if isinstance(value, str):
        return next((_problem(detail, value, ()) for detail in details if detail["type"].startswith("string_")), f"{shown(value)} is not allowed here")
    return f"{shown(value)} is not text, a whole number, true or false; put it in quotes"


def _tag(context: dict[str, Any], value: Any) -> str:
    """A union whose discriminator is missing or unknown."""
    field = context["discriminator"].strip("'")
    expected = [each.strip(" '") for each in context.get("expected_tags", "").split(",") if each.strip()]
    expected = expected or _tags_of(field)
    if "tag" in context:
        return f"{field}: {shown(context['tag'])} is not one of: {', '.join(expected)}{did_you_mean(str(context['tag']), expected)}"
    if not isinstance(value, dict):
        return f"{shown(value)} is not a mapping; write keys and values, with {field} among them"
    return f"needs {field}; write one of: {', '.join(expected)}" if expected else f"needs {field}; write {field}: ..."


def _tags_of(field: str) -> list[str]:
    from kkinfra.stack import KINDS

    return list({"kind": KINDS, "on": ("statefulset", "rds"), "by": ()}[field])


def _model_at(loc: Sequence[str | int]) -> Any:
    """The model that an error's location leads to, or None."""
    from kkinfra.structure import model_at

    return model_at(loc)


def _known_keys(loc: Sequence[str | int], _document: Any, _path: Steps) -> list[str]:
    model = _model_at(loc[:-1])
    return [] if model is None else [name for name in model.model_fields if name not in ("name", "project", "source")]


def _example(path: Steps, detail: Any) -> str:
    model = _model_at(detail["loc"][:-1])
    field = model.model_fields.get(str(path[-1])) if model is not None else None
    if field is None or not field.examples:
        return f"{path[-1]}: ..."
    from kkinfra.yaml_text import inline

    return f"{path[-1]}: {inline(field.examples[0])}"
