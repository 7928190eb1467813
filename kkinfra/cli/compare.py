"""The verb `compare`: two environments side by side, for a terminal, programs, Markdown and browsers."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from kkinfra.console.output import emit, paint, say
from kkinfra.proving.gate import today
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.system.exit_codes import DIFFERS, DONE
from kkinfra.values.document import dotted
from kkinfra.views.comparison import Catalogue, compare, worded
from kkinfra.views.comparison.row import Verdict

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.views.comparison import Table

_COLOURS = {
    None: "bold", Verdict.SAME: "green", Verdict.EXPECTED: "dim", Verdict.DECLARED: "yellow", Verdict.UNDECLARED: "red",
}  # fmt: skip


def run(options: Call) -> int:
    """Compare the two environments that `options` names; returns the exit code."""
    spec = open_spec(options.spec)
    environments = options.environment, options.other
    catalogue = Catalogue.load(options.lang)
    rows = compare(resolve(spec, options.environment), resolve(spec, options.other), today())
    table = worded(rows, environments, catalogue)
    _print(options, table, catalogue)
    return DIFFERS if any(row.verdict == Verdict.UNDECLARED for row in rows) else DONE


def _print(options: Call, table: Table, catalogue: Catalogue) -> None:
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure:
        reconfigure(encoding="utf-8")
    if options.format == "json":
        emit(_as_json(table))
    elif options.format == "markdown":
        from kkinfra.views.comparison.markdown import as_markdown

        sys.stdout.write(as_markdown(table))
    elif options.format == "html":
        from kkinfra.views.comparison.html import as_page

        sys.stdout.write(as_page(table, " / ".join(table.headings[1:3])))
    else:
        _tell(options, table, catalogue)


def _tell(options: Call, table: Table, catalogue: Catalogue) -> None:
    from kkinfra.views.comparison.text import as_text

    width = shutil.get_terminal_size((120, 24)).columns
    say(options, *as_text(table, catalogue, width, _painted))


def _painted(text: str, verdict: Verdict | None) -> str:
    return paint(text, _COLOURS[verdict], sys.stdout)


def _as_json(table: Table) -> dict[str, object]:
    _, first, second, _ = table.headings
    return {
        "environments": [first, second],
        "language": table.language,
        "rows": [
            {
                "row": row.name,
                "title": row.title,
                "values": [*row.cells],
                "verdict": row.verdict,
                "differences": [
                    {
                        "aspect": reason.difference.aspect,
                        "field": dotted(reason.difference.path),
                        "values": [reason.difference.left, reason.difference.right],
                        "reason": reason.text or None,
                    }
                    for reason in row.reasons
                ],
            }
            for row in table.rows
        ],
    }
