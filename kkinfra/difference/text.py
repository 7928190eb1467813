"""Texts, compared by lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_CONTEXT = 3
_AT_THE_END = "\\ a line feed at the end, on one side only"


def changed_lines(before: str, after: str) -> tuple[str, ...]:
    """What differs, as `diff -u` tells it without its header; none where nothing does."""
    if before == after:
        return ()
    return unified(_lines(before), _lines(after)) or (_AT_THE_END,)


def unified(before: Sequence[str], after: Sequence[str], *, context: int = _CONTEXT) -> tuple[str, ...]:
    """The same, of lines, with so many around them; nothing is said of what ends them."""
    import difflib

    return tuple(difflib.unified_diff(before, after, n=context, lineterm=""))[2:]


def _lines(text: str) -> list[str]:
    """Its lines; only a line feed ends one, since others (U+2028, a form feed) are part of a YAML or Nginx text."""
    return text.removesuffix("\n").split("\n") if text else []
