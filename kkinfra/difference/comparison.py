"""Two trees of plain values, compared field by field."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import ABSENT, FieldChange
from kkinfra.difference.identity import identified
from kkinfra.difference.text import changed_lines, unified
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.secret import MASK, SecretText

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_ORDER = frozenset({
    "args", "argv", "command", "entrypoint", "initContainers", "test", "Fn::Join", "Fn::Select", "Fn::Sub",
})  # fmt: skip
"""Fields whose lists have an order that counts: what is run, in which order, and the arguments of functions."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_/:-]+")
_ANOTHER_VALUE = "another value"
_ANOTHER_ORDER = "the same in another order"


def compared(before: Any, after: Any) -> tuple[FieldChange, ...]:
    """Every field that differs, from what runs to what is wanted; ABSENT is for a side that is not there.

    Mappings are compared by key and lists by what names their items, so that an order that means nothing makes no
    difference; lists of IN_ORDER, and texts of several lines, by lines. True, 1 and "1" are three values. A
    SecretText is told as `***`, and where both sides have one, that its value is another.
    """
    return tuple(_changes("", "", before, after))


def equal(one: Any, other: Any) -> bool:
    """Whether two trees are the same, order of lists included; True and 1 are not."""
    if is_mapping(one):
        return is_mapping(other) and one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if is_list(one):
        return is_list(other) and len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _changes(path: str, name: str, before: Any, after: Any) -> Iterator[FieldChange]:
    """What differs at a path; `name` is that of the field, which the items of a list share."""
    if equal(before, after):
        return
    old, new = _opened(before, after), _opened(after, before)
    if is_mapping(old) and is_mapping(new):
        for key in {**old, **new}:
            yield from _changes(_step(path, str(key)), str(key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif is_list(old) and is_list(new):
        yield from _items(path, name, old, new)
    else:
        yield _leaf(path, before, after)


def _opened(value: Any, other: Any) -> Any:
    """What is not there, as an empty one of what is there on the other side: so each field of that is told."""
    if value is ABSENT and other:
        return {} if is_mapping(other) else [] if is_list(other) else value
    return value


def _items(path: str, name: str, before: list[Any], after: list[Any]) -> Iterator[FieldChange]:
    named = identified(before, after)
    if named is None:
        yield from (_in_order(path, before, after) if name in IN_ORDER else _unnamed(path, name, before, after))
        return
    old, new = named
    for key in {**old, **new}:
        yield from _changes(f"{path}[{_plain(key)}]", name, old.get(key, ABSENT), new.get(key, ABSENT))
    order = [key for key in old if key in new], [key for key in new if key in old]
    if name in IN_ORDER and order[0] != order[1]:
        yield FieldChange(path, *order, _ANOTHER_ORDER)


def _in_order(path: str, before: list[Any], after: list[Any]) -> Iterator[FieldChange]:
    old, new = [_text(each) for each in before], [_text(each) for each in after]
    note = _ANOTHER_ORDER if sorted(old) == sorted(new) else ""
    lines = [[line for each in side for line in each.split("\n")] for side in (old, new)]
    yield FieldChange(path, note=note, lines=unified(*lines))


def _unnamed(path: str, name: str, before: list[Any], after: list[Any]) -> Iterator[FieldChange]:
    """Items without a name: those that are on one side only, plain ones by themselves, others by where they stand."""
    old, new = _missing(before, after), _missing(after, before)
    plain = [each for each in (*old.values(), *new.values()) if not (is_mapping(each) or is_list(each))]
    if len(plain) == len(old) + len(new):
        yield from (FieldChange(f"{path}[{_plain(_text(each))}]", before=_shown(each)) for each in old.values())
        yield from (FieldChange(f"{path}[{_plain(_text(each))}]", after=_shown(each)) for each in new.values())
        return
    for (was, gone), (now, come) in zip_longest(old.items(), new.items(), fillvalue=(None, ABSENT)):
        place = was if now is None else now
        yield from _changes(f"{path}[{place}]", name, gone, come)


def _missing(these: list[Any], those: list[Any]) -> dict[int, Any]:
    """The items that the other list has not, or not as often, by their place."""
    left = Counter(_canonical(each) for each in those)
    found: dict[int, Any] = {}
    for place, item in enumerate(these):
        left[_canonical(item)] -= 1
        if left[_canonical(item)] < 0:
            found[place] = item
    return found


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=lambda secret: [hash(secret)])


def _leaf(path: str, before: Any, after: Any) -> FieldChange:
    if isinstance(before, SecretText) and isinstance(after, SecretText):
        return FieldChange(path, MASK, MASK, _ANOTHER_VALUE)
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        return FieldChange(path, lines=changed_lines(before, after))
    return FieldChange(path, _shown(before), _shown(after))


def _shown(value: Any) -> Any:
    """The value without its secrets."""
    if is_mapping(value):
        return {key: _shown(each) for key, each in value.items()}
    if is_list(value):
        return [_shown(each) for each in value]
    return MASK if isinstance(value, SecretText) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(_shown(value), sort_keys=True, ensure_ascii=False)


def _step(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{json.dumps(key, ensure_ascii=False)}]"
    return f"{path}.{key}" if path else key


def _plain(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) if re.search(r"[\[\]\"\s]", name) or not name else name
