"""The table in Markdown, as GitHub renders it (GitHub Flavored Markdown, 4.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.values.document import dotted
from kkinfra.values.markdown import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.views.comparison.table import Table, WordedRow


def as_markdown(table: Table) -> str:
    """A table; what a cell holds is never read as markup."""
    lines = [_line(table.headings), "| --- | --- | --- | --- |"]
    for row in table.rows:
        cells = ("<br>".join(map(escaped, cell)) for cell in row.cells)
        lines.append(f"| {escaped(row.title)} | {' | '.join(cells)} | {_verdict(row)} |")
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(escaped, cells))} |"


def _verdict(row: WordedRow) -> str:
    told = (f"`{dotted(reason.difference.path)}`" + (f": {escaped(reason.text)}" if reason.text else "")
            for reason in row.reasons)  # fmt: skip
    return "<br>".join((escaped(row.said), *told))
