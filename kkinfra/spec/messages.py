"""Pydantic's findings in words that say what to write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import BELONGS
from kkinfra.spec.stack import KINDS
from kkinfra.spec.wrong_key import meant_key, not_a_key
from kkinfra.values.document import dotted
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.suggestions import CALLED, LONGEST_SHOWN, did_you_mean, nearest, shown
from kkinfra.values.wrong_text import fault
from kkinfra.values.yaml_errors import template_in, without_colon
from kkinfra.values.yaml_text import inline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pydantic import ValidationError

    from kkinfra.values.document import Steps

_SECRET = 2
"""Steps of the path of a secret: `secrets`, and its name."""

_PART = 2
"""Steps of the path of a part: `stack`, and its name."""

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
    for detail in _independent(list(_details(error, document))):
        by_place.setdefault((detail["path"], detail["is_key"]), []).append(detail)
    told: set[Steps] = set()
    for (path, is_key), details in by_place.items():
        first = details[0]
        if first["type"].startswith("union_tag_"):
            yield _tag(first)
        elif _holds_secret(first):
            yield path, _secret(first), is_key
        elif (*path[:-1], first["type"]) not in told or not isinstance(path[-1], int):
            told.add((*path[:-1], first["type"]))
            problem = _alternatives(details) if len(details) > 1 else _problem(first)
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
            meant.add((*path[:-1], meant_key(str(path[-1]), _known_keys(detail))))
        if detail["type"] == "union_tag_not_found" and path[:1] == ("stack",):
            meant.add(("stack", nearest(path[-1], KINDS)))
    for detail in details:
        path = detail["path"]
        follows = detail["type"] == "missing" and (path in meant or path[:-1] in meant)
        if not follows:
            yield detail


def _details(error: ValidationError, document: Any) -> Iterator[dict[str, Any]]:
    """Pydantic's findings, each with its path in the document and what is written there."""
    from kkinfra.spec.structure import trace

    for detail in error.errors(include_url=False):
        is_extra = detail["type"] == "extra_forbidden"
        wrong_key = detail["loc"][-1] == "[key]" and not is_extra
        loc = detail["loc"][:-1] if wrong_key else detail["loc"]
        path = trace(loc).path
        value = path[-1] if wrong_key else _at(document, path)
        if detail["type"] == "too_short" and value:
            continue  # said of every list of which an element is wrong, however long it is
        yield {
            **detail, "loc": loc, "path": path, "value": value, "is_key": is_extra or wrong_key,
            "project": document.get("project", "shop"), "platform": _platform(document),
        }  # fmt: skip


def _platform(document: Any) -> str:
    """The kind of platform that is written, or to which the way of delivery belongs; empty where neither is known."""
    kind = _at(document, ("platform", "kind"))
    return kind if isinstance(kind, str) else BELONGS.get(str(_at(document, ("delivery", "by"))), "")


def _at(document: Any, path: Steps) -> Any:
    """What is written at a path, or None."""
    here: Any = document
    for step in path:
        try:
            here = here[step]
        except (KeyError, TypeError):
            return None
    return here


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
        return _problem(detail)
    if path[0] != "secrets":
        remedy = f"write the name of an entry of secrets, as in {_example(detail)}"
        return f"is not a secret's name; {remedy}; if the password itself stands here, change it"
    if len(path) == 1:
        return not_a_mapping(detail["value"], _example(detail)).replace(shown(detail["value"]), "a text")
    if len(path) == _SECRET:
        remedy = f"write where it comes from, as in {{env: {name}}}, and change this secret, since it stood in a file"
        return f"is the secret itself, or a text in its place; {remedy}"
    rule = (
        getattr(detail.get("ctx", {}).get("error"), "rule", "") or f"is not of the right form; write {_example(detail)}"
    )
    if detail["type"] == "tuple_type":
        rule = f"is not a list; write {_example(detail)}"
    return f"{rule}; {change}"


def _problem(detail: Any) -> str:
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
    return f"{shown(value)} is not allowed here; write {_example(detail)}"


def _missing(detail: Any) -> str:
    return f"is missing; write {detail['path'][-1]}: {_example(detail)}"


def _extra(detail: Any) -> str:
    path = detail["path"]
    problem = not_a_key(str(path[-1]), _known_keys(detail), path[:-1])
    return f"{problem}; if a secret stands here, change it" if path[0] == "secrets" else problem


def _known_keys(detail: Any) -> list[str]:
    from kkinfra.spec.environment import FORBIDDEN, Environment
    from kkinfra.spec.structure import models_in, trace

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
    value = detail["value"]
    meant = next((word for word, texts in _MEANING.items() if str(value).lower() in texts), "")
    written = f"write {meant}" if meant else "write one of them"
    return f"{shown(value)} is not true or false; {written}, without quotes"


_MEANING = {"true": ("true", "yes", "on", "y", "1"), "false": ("false", "no", "off", "n", "0")}


def _text(detail: Any) -> str:
    value = detail["value"]
    if is_mapping(value) or is_list(value) or value is None:
        return f"{shown(value)} is not text; write {_example(detail)}"
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
    return f"{shown(value)} is not of the right form{because}; write {fixed or f'something like {_example(detail)}'}"


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
    value = detail["value"]
    if isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_SHOWN:
        return f"{shown(value)} is not a list; write {inline(_words_of(value))}"
    return f"{shown(value)} is not a list; write {_example(detail)}"


def _words_of(text: str) -> list[str]:
    """A command as a shell reads it, or words between commas, as a list."""
    import shlex

    if "," in text and " " not in text.replace(", ", ","):
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return shlex.split(text) or [text]
    except ValueError:
        return [text]


def _mapping(detail: Any) -> str:
    from kkinfra.spec.shapes import part
    from kkinfra.spec.structure import trace

    path = detail["path"]
    if path[:1] == ("stack",) and len(path) == _PART:
        return not_a_mapping(detail["value"], part(str(path[1])))
    return not_a_mapping(detail["value"], "key: value" if trace(detail["loc"]).beyond else _example(detail))


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
        return path, _variant(detail, field, expected), False
    choices = ", ".join(expected)
    other = "; for any other program write kind: container" if path[:1] == ("stack",) and field == "kind" else ""
    if field in value:
        problem = f"{shown(value[field])} is not one of: {choices}{did_you_mean(value[field], expected)}"
        return (*path, field), f"{problem}{other}", False
    is_typo = field == "kind" and nearest(path[-1], expected) != CALLED.get(path[-1])
    hint = did_you_mean(path[-1], expected) if is_typo else ""
    possible = [each for each in expected if BELONGS.get(each, detail["platform"]) == detail["platform"]]
    fitting = "" if hint or other else _fitting(detail, field, set(value))
    fitting = possible[0] if not fitting and len(possible) == 1 else fitting
    remedy = f"write {field}: {fitting} (one of: {choices})" if fitting else f"write one of: {choices}"
    return (*path, field), f"is missing{hint}; {remedy}{'' if hint else other}", False


def _variant(detail: Any, field: str, expected: Sequence[str]) -> str:
    """What to write for a text that only names the variant, as in `tls: certbot`."""
    from kkinfra.spec.shapes import whole
    from kkinfra.spec.structure import trace

    value = detail["value"]
    if not isinstance(value, str) or value not in expected:
        return _mapping(detail)
    return not_a_mapping(value, inline(whole(trace(detail["loc"]).annotation, {field: value})))


def _fitting(detail: Any, field: str, keys: set[str]) -> str:
    """The only variant that has all the keys that are written; empty where several have them, or none."""
    from kkinfra.spec.structure import models_in, tags, trace

    models = models_in(trace(detail["loc"]).annotation)
    found = [tags(model)[field] for model in models if keys and keys <= set(model.model_fields)]
    return found[0] if len(found) == 1 else ""


def _tags(detail: Any, field: str) -> list[str]:
    from kkinfra.spec.structure import models_in, tags, trace

    found = (tags(model).get(field) for model in models_in(trace(detail["loc"]).annotation))
    return list(dict.fromkeys(tag for tag in found if tag))


def _example(detail: Any) -> str:
    """What the field may hold, as it is written in YAML, with the reader's own project."""
    from kkinfra.spec.shapes import example

    return example(detail["loc"], str(detail["project"]), str(detail["platform"]))
