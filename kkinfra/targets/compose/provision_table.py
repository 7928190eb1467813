"""What is there and what is to do, in three columns that fit the terminal."""

from __future__ import annotations

import textwrap

_INDENT = _GAP = "  "
_NARROWEST = 32


def table(rows: list[tuple[str, str, str]], width: int) -> list[str]:
    """Rows as lines; the second and third column are wrapped where the width asks for it."""
    first = max(len(row[0]) for row in rows)
    left = max(width - first - len(_INDENT) - 2 * len(_GAP), _NARROWEST)
    second = max(1, min(max(len(row[1]) for row in rows), left // 2))
    lines: list[str] = []
    for name, there, todo in rows:
        cells = textwrap.wrap(there, second), textwrap.wrap(todo, left - second)
        for number in range(max(1, *map(len, cells))):
            middle, end = (cell[number] if number < len(cell) else "" for cell in cells)
            start = name if number == 0 else ""
            lines.append(f"{_INDENT}{start:{first}}{_GAP}{middle:{second}}{_GAP}{end}".rstrip())
    return lines
