"""The table in HTML: as a fragment that goes into any page, and as a page of its own that a browser opens."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from kkinfra.values.document import dotted

if TYPE_CHECKING:
    from kkinfra.views.comparison.table import Table, WordedRow

_STYLE = """\
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
table { border-collapse: collapse; table-layout: fixed; width: 100%; min-width: 44rem; }
table { word-break: keep-all; overflow-wrap: break-word; }
th, td { border-bottom: 1px solid #8888; padding: .5rem .75rem; text-align: left; vertical-align: top; }
tbody th { font-weight: 600; }
thead th:first-child { width: 18%; }
thead th:last-child { width: 24%; }
.declared strong { color: light-dark(#7a5200, #f0c060); }
.undeclared strong { color: light-dark(#b00020, #ff8a80); }
"""


def as_page(table: Table, title: str) -> str:
    """A whole document (HTML Living Standard) without scripts, and without anything from elsewhere."""
    return (
        f'<!doctype html>\n<html lang="{table.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{escape(title)}</h1>\n{as_fragment(table)}</body>\n</html>\n"
    )


def as_fragment(table: Table) -> str:
    """A `table` element with classes for each row's verdict, and without a style; everything in it is escaped."""
    headings = "".join(f'<th scope="col">{escape(heading)}</th>' for heading in table.headings)
    rows = "".join(map(_row, table.rows))
    return (
        f'<table class="comparison" lang="{table.language}">\n<thead>\n<tr>{headings}</tr>\n</thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n"
    )


def _row(row: WordedRow) -> str:
    cells = "".join(f"<td>{'<br>'.join(map(escape, cell))}</td>" for cell in row.cells)
    return (
        f'<tr class="{row.verdict}" id="comparison-{row.name}"><th scope="row">{escape(row.title)}</th>{cells}'
        f'<td class="verdict"><strong>{escape(row.said)}</strong>{_reasons(row)}</td></tr>\n'
    )


def _reasons(row: WordedRow) -> str:
    told = (f"<br><code>{escape(dotted(reason.difference.path))}</code>"
            + (f": {escape(reason.text)}" if reason.text else "") for reason in row.reasons)  # fmt: skip
    return "".join(told)
