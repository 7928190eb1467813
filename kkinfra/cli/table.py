"""What is there and what is to do, in three columns that fit the terminal."""

from __future__ import annotations

from itertools import zip_longest

from kkinfra.values.display_width import display_width, padded, wrapped

_INDENT = _GAP = "  "
_NARROWEST = 32


def table(rows: list[tuple[str, str, str]], width: int) -> list[str]:
    """Rows as lines; the second and third column are wrapped where the width asks for it."""
    first = max(display_width(row[0]) for row in rows)
    left = max(width - first - len(_INDENT) - 2 * len(_GAP), _NARROWEST)
    second = min(max(display_width(row[1]) for row in rows), left // 2)
    lines: list[str] = []
    for name, there, todo in rows:
        cells = zip_longest([name], wrapped(there, second), wrapped(todo, left - second), fillvalue="")
        for start, middle, end in cells:
            lines.append(f"{_INDENT}{padded(start, first)}{_GAP}{padded(middle, second)}{_GAP}{end}".rstrip())
    return lines
