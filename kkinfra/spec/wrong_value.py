"""What is wrong with a value, by the kind of pydantic's finding, and what to write instead.

A finding (`detail`) is pydantic's own, with what `messages.py` adds: its path in the document, the value there, whether
the key is meant, and the reader's own project and platform.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kkinfra.spec.environment import FORBIDDEN
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.shapes import example, part
from kkinfra.spec.structure import models_in, trace
from kkinfra.spec.wrong_key import not_a_key
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.suggestions import LONGEST_SHOWN, did_you_mean, shown
from kkinfra.values.wrong_text import fault
from kkinfra.values.yaml_errors import template_in, without_colon
from kkinfra.values.yaml_text import inline

if TYPE_CHECKING:
    from collections.abc import Callable

_PART = 2
"""Steps of the path of a part: `stack`, and its name."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "less_than_equal": ("le", "at most"),
    "greater_than": ("gt", "more than"),
    "less_than": ("lt", "less than"),
}


def wrong_value(detail: Any) -> str:
    """The problem and its remedy, in one sentence."""
    kind, value = detail["type"], detail["value"]
    if isinstance(value, str) and kind in _OF_TEXT:
        template = template_in(value)
        if template:
            return f"{shown(value)} {template}"
    if kind in _LIMITS:
        field, words = _LIMITS[kind]
        return f"{shown(value)} is out of range; write {words} {detail['ctx'][field]}"
    words_for = _WORDS.get(kind)
    if words_for:
        return words_for(detail)
    return f"{shown(value)} is not allowed here; write {example_of(detail)}"


def _missing(detail: Any) -> str:
    return f"is missing; write {detail['path'][-1]}: {example_of(detail)}"


def _extra(detail: Any) -> str:
    path = detail["path"]
    problem = not_a_key(str(path[-1]), known_keys(detail), path[:-1])
    return f"{problem}; if a secret stands here, change it" if path[0] == "secrets" else problem


def known_keys(detail: Any) -> list[str]:
    """The keys of the mapping that a finding is in."""
    models = models_in(trace(detail["loc"][:-1]).annotation)
    keys = dict.fromkeys(name for model in models for name in model.model_fields)
    return (
        [*(key for key in keys if key not in FORBIDDEN), "extends"] if models == (environment_model(),) else list(keys)
    )


def _choice(detail: Any) -> str:
    expected = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
    hint = did_you_mean(detail["value"], expected)
    return f"{shown(detail['value'])} is not one of: {', '.join(expected)}{hint}"


def _whole_number(detail: Any) -> str:
    value = detail["value"]
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", value):
        return f"{shown(value)} is text, not a number; write {int(value)} without quotes"
    return f"{shown(value)} is not a whole number; write one, as in {example_of(detail)}"


def _true_or_false(detail: Any) -> str:
    value = detail["value"]
    meant = next((word for word, texts in _MEANING.items() if str(value).lower() in texts), "")
    written = f"write {meant}" if meant else "write one of them"
    return f"{shown(value)} is not true or false; {written}, without quotes"


_MEANING = {"true": ("true", "yes", "on", "y", "1"), "false": ("false", "no", "off", "n", "0")}


def _text(detail: Any) -> str:
    value = detail["value"]
    if is_mapping(value) or is_list(value) or value is None:
        return f"{shown(value)} is not text; write {example_of(detail)}"
    return f'{shown(value)} is not text; put it in quotes: "{shown(value)}"'


def _pattern(detail: Any) -> str:
    value = str(detail["value"])
    if _CONTROL.search(value):
        return f"{shown(value)} holds a line break or another control character; take it out"
    if detail["is_key"]:
        remedy = (
            "write a rule and below it a field, as in capacity/steady: {platform.host.instance_type: {reason: ...}}"
        )
        return f"{shown(value)} is not of the right form; {remedy}"
    pattern = re.compile(detail["ctx"]["pattern"])
    cause, fixed = fault(value, lambda each: pattern.search(each) is not None)
    because = f": {cause}" if cause else ""
    return f"{shown(value)} is not of the right form{because}; write {fixed or f'something like {example_of(detail)}'}"


def _length(detail: Any) -> str:
    limits = detail["ctx"]
    if detail["type"].endswith("short"):
        return f"{shown(detail['value'])} is too short; write at least {limits['min_length']}"
    return f"{shown(detail['value'])} is too long; write at most {limits['max_length']}"


def _entries(detail: Any) -> str:
    if detail["type"] == "too_short":
        return f"is empty; write at least {detail['ctx']['min_length']}, as in {example_of(detail)}"
    return f"has {detail['ctx']['actual_length']} entries; write at most {detail['ctx']['max_length']}"


def _list(detail: Any) -> str:
    value = detail["value"]
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_SHOWN:
        return f"{shown(value)} is not a list; write {inline(_words_of(value))}"
    return f"{shown(value)} is not a list; write {example_of(detail)}"


def _words_of(text: str) -> list[str]:
    """A command as a shell reads it, or words between commas, as a list."""
    import shlex

    if "," in text and " " not in text.replace(", ", ","):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return shlex.split(text) or [text]
    except ValueError:
        return [text]


def wrong_mapping(detail: Any) -> str:
    """The problem with a value that should be a mapping, with an example of it."""
    path = detail["path"]
    if path[:1] == ("stack",) and len(path) == _PART:
        return not_a_mapping(detail["value"], part(str(path[1])))
    return not_a_mapping(detail["value"], "key: value" if trace(detail["loc"]).beyond else example_of(detail))


def not_a_mapping(value: Any, as_in: str) -> str:
    """The problem with a value that should be keys and values, such as the example `as_in`."""
    first = value[0] if is_list(value) and value else None
    text = first if isinstance(first, str) else value if isinstance(value, str) else ""
    pair = re.match(r"([A-Za-z_][\w.-]*)=", text)
    if pair:
        return f"is not a mapping, but {pair[1]}=...; write {pair[1]}: and then the value, without a dash"
    if isinstance(first, str) and re.fullmatch(r"[A-Za-z0-9_-]{1,40}", first):
        return f"is a list, not a mapping; write {first}: without a dash, and its keys below"
    if is_mapping(first) and first:
        return f"is a list, not a mapping; leave out the dashes, as in {dotted((next(iter(first)),))}: ..."
    missing = without_colon(value) if isinstance(value, str) and re.search(r"\s|:", value.strip()) else None
    if missing:
        return f"is not a mapping: {missing[1]}"
    return f"{shown(value)} is not a mapping; write keys and values, as in {as_in}"


_OF_TEXT = ("value_error", "string_pattern_mismatch", "literal_error", "int_type", "int_parsing", "bool_type")

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
    "dict_type": wrong_mapping,
    "model_type": wrong_mapping,
    "model_attributes_type": wrong_mapping,
}


def example_of(detail: Any) -> str:
    """What the field may hold, as it is written in YAML, with the reader's own project."""
    return example(detail["loc"], str(detail["project"]), str(detail["platform"]))
