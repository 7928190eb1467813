"""Values and changes as people read them, whatever they read them in."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.difference.change import Change, FieldChange
    from kkinfra.difference.report import Difference

MARKS = {"add": "+", "change": "~", "replace": "-/+", "may replace": "-/+", "remove": "-", "restart": "~"}
_WORDS = {"replace": "is replaced", "may replace": "may be replaced"}
_WIDEST = 100
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


def headline(change: Change) -> str:
    """A change in a line, without its mark."""
    said = [_WORDS.get(change.action, ""), "changed by hand" if change.drift else "", change.note]
    told = "; ".join(each for each in said if each)
    return printable(f"{change.identity}: {told}" if told else change.identity)


def field_lines(field: FieldChange) -> Iterator[str]:
    """A field, with a mark in front of each line; those of a text are indented below its path, if it has one."""
    note = f" ({field.note})" if field.note else ""
    if field.lines:
        if field.path or note:
            yield printable(f"~ {field.path}:{note}")
        yield from (printable(f"  {line}") for line in field.lines)
    elif field.action == "change":
        yield printable(f"~ {field.path}{_between(field)}{note}")
    else:
        mark, value = ("+", field.after) if field.action == "add" else ("-", field.before)
        yield printable(f"{mark} {field.path}: {short(value)}{note}")


def _between(field: FieldChange) -> str:
    if field.before is ABSENT:
        return ""
    was, now = short(field.before), short(field.after)
    return f": {now}" if was == now else f": {was} -> {now}"  # two secrets look alike


def short(value: Any) -> str:
    """A value in a line of bounded length: as JSON, but text without quotes where it is clear that it is one.

    Digests are cut to twelve digits, as people compare them.
    """
    is_clear = isinstance(value, str) and not _is_json(value)
    text = value.rstrip("\n").replace("\n", "\\n") if is_clear else json.dumps(value, ensure_ascii=False, default=str)
    text = _DIGEST.sub(r"\1", text)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}... ({len(text)} characters)"


def _is_json(text: str) -> bool:
    """Whether it would be read as something else than text, as `8000`, `true` and nothing would."""
    try:
        json.loads(text or "0")
    except ValueError:
        return False
    return True


def printable(text: str) -> str:
    """The text without characters that a terminal would obey."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)


def summary(difference: Difference) -> str:
    """How much differs, in one sentence."""
    count, by_hand = len(difference.changes), sum(each.drift for each in difference.changes)
    told = f"{count} change{'s' if count > 1 else ''}" if count else "nothing differs"
    if by_hand:
        told += f", {by_hand} of them by hand"
    missing = sum(bool(each.problem) for each in difference.targets)
    if missing == len(difference.targets) > 0:
        return "nothing could be asked, so nothing is known"
    return f"{told}; {missing} of {len(difference.targets)} targets could not be asked" if missing else told
