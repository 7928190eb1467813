"""Pydantic's findings in words that say what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kkinfra.plain import is_list, is_mapping
from kkinfra.suggestions import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import ValidationError

    from kkinfra.document import Steps

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


def explain(error: ValidationError, document: Any) -> Iterator[tuple[Steps, str, bool]]:
    """Path in the document, problem with remedy, and whether the key is meant rather than its value."""
    by_place: dict[tuple[Steps, bool], list[Any]] = {}
    for detail in _details(error, document):
        by_place.setdefault((detail["path"], detail["is_key"]), []).append(detail)
    for (path, is_key), details in by_place.items():
        first = details[0]
        if first["type"].startswith("union_tag_"):
            yield _tag(first)
        else:
            problem = _alternatives(details) if len(details) > 1 else _problem(first)
            yield path, _masked(first, problem), is_key


def _details(error: ValidationError, document: Any) -> Iterator[dict[str, Any]]:
    """Pydantic's findings, each with its path in the document and what is written there."""
    from kkinfra.structure import trace

    for detail in error.errors(include_url=False):
        is_extra = detail["type"] == "extra_forbidden"
        wrong_key = detail["loc"][-1] == "[key]" and not is_extra
        loc = detail["loc"][:-1] if wrong_key else detail["loc"]
        path = trace(loc).path
        value = _at(document, path)
        if detail["type"] == "too_short" and value:
            continue  # said of every list of which an element is wrong, however long it is
        yield {**detail, "loc": loc, "path": path, "value": value, "is_key": is_extra or wrong_key}


def _at(document: Any, path: Steps) -> Any:
    """What is written at a path, or None."""
    here: Any = document
    for step in path:
        try:
            here = here[step]
        except (KeyError, TypeError):
            return None
    return here


def _masked(detail: Any, problem: str) -> str:
    """Nothing is repeated of `secrets`: the secret itself may stand where only its source belongs."""
    if detail["path"][:1] != ("secrets",) or is_mapping(detail["value"]) or detail["is_key"]:
        return problem
    return problem.replace(shown(detail["value"]), "***")


def _problem(detail: Any) -> str:
    kind = detail["type"]
    if kind in _LIMITS:
        field, words = _LIMITS[kind]
        return f"{shown(detail['value'])} is out of range; write {words} {detail['ctx'][field]}"
    words_for = _WORDS.get(kind)
    if words_for:
        return words_for(detail)
    return f"{shown(detail['value'])} is not allowed here ({detail['msg'].lower()}); write {_example(detail)}"


def not_a_key(key: str, known: Sequence[str]) -> str:
    """The problem with a key that is not among those that are known."""
    return f"is not a key here{did_you_mean(key, known)}; the keys here are: {', '.join(sorted(known))}"


def _missing(detail: Any) -> str:
    return f"is missing; write {detail['path'][-1]}: {_example(detail)}"


def _extra(detail: Any) -> str:
    key = str(detail["path"][-1])
    return not_a_key(key, _known_keys(detail))


def _known_keys(detail: Any) -> list[str]:
    from kkinfra.environment import FORBIDDEN, Environment
    from kkinfra.structure import models_in, trace

    models = models_in(trace(detail["loc"][:-1]).annotation)
    keys = dict.fromkeys(name for model in models for name in model.model_fields)
    return [*(key for key in keys if key not in FORBIDDEN), "extends"] if models == (Environment,) else list(keys)


def _choice(detail: Any) -> str:
    expected = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
    hint = did_you_mean(detail["value"], expected)
    return f"{shown(detail['value'])} is not one of: {', '.join(expected)}{hint}"


def _whole_number(detail: Any) -> str:
    value = detail["value"]
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        return f"{shown(value)} is text, not a number; write {int(value)} without quotes"
    return f"{shown(value)} is not a whole number; write one, as in {_example(detail)}"


def _true_or_false(detail: Any) -> str:
    return f"{shown(detail['value'])} is not true or false; write one of them, without quotes"


def _text(detail: Any) -> str:
    value = detail["value"]
    if is_mapping(value) or is_list(value) or value is None:
        return f"{shown(value)} is not text; write {_example(detail)}"
    return f'{shown(value)} is not text; put it in quotes: "{shown(value)}"'


def _pattern(detail: Any) -> str:
    value = str(detail["value"])
    if _CONTROL.search(value):
        return f"{shown(value)} holds a line break or another control character; take it out"
    return f"{shown(value)} is not of the right form; write something like {_example(detail)}"


def _length(detail: Any) -> str:
    limits = detail["ctx"]
    if detail["type"].endswith("short"):
        return f"{shown(detail['value'])} is too short; write at least {limits['min_length']}"
    return f"{shown(detail['value'])} is too long; write at most {limits['max_length']}"


def _entries(detail: Any) -> str:
    if detail["type"] == "too_short":
        return f"is empty; write at least {detail['ctx']['min_length']}, as in {_example(detail)}"
    return f"has {detail['ctx']['actual_length']} entries; write at most {detail['ctx']['max_length']}"


def _list(detail: Any) -> str:
    return f"{shown(detail['value'])} is not a list; write {_example(detail)}"


def _mapping(detail: Any) -> str:
    from kkinfra.structure import trace

    example = "key: value" if trace(detail["loc"]).beyond else _example(detail)
    return f"{shown(detail['value'])} is not a mapping; write keys and values, as in {example}"


_WORDS: dict[str, Callable[[Any], str]] = {
    "missing": _missing,
    "extra_forbidden": _extra,
    "literal_error": _choice,
    "value_error": lambda detail: str(detail["ctx"]["error"]),
    "int_type": _whole_number,
    "int_from_float": _whole_number,
    "int_parsing": _whole_number,
    "finite_number": _whole_number,
    "bool_type": _true_or_false,
    "string_type": _text,
    "string_pattern_mismatch": _pattern,
    "string_too_short": _length,
    "string_too_long": _length,
    "too_short": _entries,
    "too_long": _entries,
    "tuple_type": _list,
    "list_type": _list,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
}


def _alternatives(details: list[Any]) -> str:
    """One sentence for a value that fits none of several plain types."""
    for detail in details:
        if detail["type"] == "value_error" or (
            detail["type"].startswith("string_") and isinstance(detail["value"], str)
        ):
            return _problem(detail)
    value = details[0]["value"]
    if is_mapping(value) or is_list(value) or value is None:
        return f"{shown(value)} is not a plain value; write text, a whole number, true or false"
    return f'{shown(value)} is not text, a whole number, true or false; put it in quotes: "{shown(value)}"'


def _tag(detail: Any) -> tuple[Steps, str, bool]:
    """A mapping that comes in variants, and does not say well which one it is."""
    field = detail["ctx"]["discriminator"].strip("'")
    path, value, expected = detail["path"], detail["value"], _tags(detail, field)
    if not is_mapping(value):
        return path, _mapping(detail), False
    choices = ", ".join(expected)
    if field in value:
        problem = f"{shown(value[field])} is not one of: {choices}{did_you_mean(value[field], expected)}"
        return (*path, field), problem, False
    hint = did_you_mean(path[-1], expected) if field == "kind" else ""
    return (*path, field), f"is missing{hint}; write one of: {choices}", False


def _tags(detail: Any, field: str) -> list[str]:
    from kkinfra.structure import models_in, tags, trace

    found = (tags(model).get(field) for model in models_in(trace(detail["loc"]).annotation))
    return list(dict.fromkeys(tag for tag in found if tag))


def _example(detail: Any) -> str:
    """What the field's description gives as an example, as it is written in YAML."""
    from kkinfra.structure import trace
    from kkinfra.yaml_text import inline

    found = trace(detail["loc"])
    examples = found.field.examples if found.field else None
    if not examples:
        return "a value"
    example = examples[0]
    for _ in range(found.beyond):
        inner = list(example.values()) if is_mapping(example) else example
        example = inner[0] if is_list(inner) else inner
    return inline(example)
