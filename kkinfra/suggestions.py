"""How messages repeat what was written, and what they suggest instead: keys, environments, choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_SHOWN = 60
MOST_NAMED = 8
_WORDS = {None: "null", True: "true", False: "false"}


def shown(value: Any) -> str:
    """A value as a message repeats it: on one line, and never longer than 60 characters."""
    if isinstance(value, dict | list | tuple):
        empty = "" if value else "n empty"
        return f"a{empty} {'mapping' if isinstance(value, dict) else 'list'}"
    if isinstance(value, str):
        text = repr(str(value[: LONGEST_SHOWN + 1]))
    else:
        text = _WORDS[value] if value is None or isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 3]}..."


def few(names: Iterable[str]) -> str:
    """The first eight of some names, and how many more there are."""
    found = list(names)
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return f"{', '.join(found[:MOST_NAMED])}{more}"


def did_you_mean(word: Any, choices: Iterable[str]) -> str:
    """` (did you mean 'x'?)` for the choice that is nearest to `word`, or nothing."""
    import difflib

    if not isinstance(word, str):
        return ""
    nearest = difflib.get_close_matches(word[:80], list(choices), n=1, cutoff=0.6)
    return f" (did you mean {nearest[0]!r}?)" if nearest else ""
