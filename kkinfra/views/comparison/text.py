"""The table for a terminal: four columns of wrapped cells, and below them what differs and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.values.display_width import display_width, padded, wrapped
from kkinfra.values.document import dotted
from kkinfra.views.comparison.row import Phrase, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kkinfra.views.comparison.catalogue import Catalogue
    from kkinfra.views.comparison.row import Reason
    from kkinfra.views.comparison.table import Table, WordedRow

_GAP = "  "
_NARROWEST = 16
_INDENT = 2


def as_text(table: Table, catalogue: Catalogue, width: int, paint: Callable[[str, Verdict | None], str]) -> list[str]:
    """Lines that fit a terminal of `width` columns, as far as 16 columns for each environment allow it.

    `paint` gives text the colour of a verdict, or of headings for None.
    """
    widths = _widths(table, width)
    lines = [paint(line, None) for line in _lines([(heading,) for heading in table.headings], widths)]
    for row in table.rows:
        cells = [(row.title,), *row.cells, (row.said,)]
        lines += _painted(_lines(cells, widths), row, paint)
    return [*lines, *_notes(table, catalogue, width, paint)]


def _widths(table: Table, width: int) -> list[int]:
    """Columns of the four: the outer ones as wide as they need be, the environments share what is left."""
    first = max(display_width(title) for title in (table.headings[0], *(row.title for row in table.rows)))
    last = max(display_width(said) for said in (table.headings[3], *(row.said for row in table.rows)))
    left = max(_NARROWEST, (width - first - last - 3 * len(_GAP)) // 2)
    needed = [_widest(table, index) for index in (0, 1)]
    spare = max(0, left - min(needed))
    return [first, *(min(need, left + spare) for need in needed), last]


def _widest(table: Table, index: int) -> int:
    lines = (line for row in table.rows for line in row.cells[index])
    return max(map(display_width, (table.headings[index + 1], *lines)))


def _lines(cells: list[tuple[str, ...]], widths: list[int]) -> list[str]:
    """A row as lines: each cell in its column."""
    columns = [
        [line for each in cell for line in wrapped(each, width)] for cell, width in zip(cells, widths, strict=True)
    ]
    return [
        _GAP.join(
            padded(column[number] if number < len(column) else "", width)
            for column, width in zip(columns, widths, strict=True)
        ).rstrip()
        for number in range(max(map(len, columns)))
    ]


def _painted(lines: list[str], row: WordedRow, paint: Callable[[str, Verdict | None], str]) -> list[str]:
    """The lines of a row, in which the verdict, at the end of the first, has its colour."""
    start = lines[0].removesuffix(row.said)
    return [start + paint(row.said, row.verdict), *lines[1:]]


def _notes(
    table: Table, catalogue: Catalogue, width: int, paint: Callable[[str, Verdict | None], str]
) -> Iterator[str]:
    """Below the table: every difference that is declared, with its reason, and every one that is not."""
    reasons = list(dict.fromkeys(reason for row in table.rows for reason in row.reasons))
    for verdict, told in (
        (Verdict.DECLARED, [reason for reason in reasons if reason.text]),
        (Verdict.UNDECLARED, [reason for reason in reasons if not reason.text]),
    ):
        if told:
            yield ""
            yield paint(catalogue.word(f"note.{verdict}"), verdict)
        for reason in told:
            yield from _note(table, reason, catalogue, width)


def _note(table: Table, reason: Reason, catalogue: Catalogue, width: int) -> Iterator[str]:
    yield " " * _INDENT + dotted(reason.difference.path)
    for text in notes(table, reason, catalogue):
        for line in wrapped(text, max(_NARROWEST, width - 2 * _INDENT)):
            yield " " * 2 * _INDENT + line


def notes(table: Table, reason: Reason, catalogue: Catalogue) -> list[str]:
    """What each environment has, and the reason where one is given."""
    _, first, second, _ = table.headings
    difference = reason.difference
    values = {"left": difference.left, "right": difference.right, "first": first, "second": second}
    told = [catalogue.say(Phrase("note.difference", values))]
    return [*told, catalogue.say(Phrase("note.reason", {"text": reason.text}))] if reason.text else told
