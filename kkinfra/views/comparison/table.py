"""The comparison table: which rows there are, what parity makes of each, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.parity import differences, reason
from kkinfra.views.comparison import platform_cells, stack_cells
from kkinfra.views.comparison.row import ComparedRow, Phrase, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kkinfra.spec.date import Date
    from kkinfra.spec.environment import Environment
    from kkinfra.views.comparison.catalogue import Catalogue
    from kkinfra.views.comparison.row import Cell

ROWS: Mapping[str, Callable[[Environment], Cell]] = {
    "orchestration": platform_cells.orchestration,
    "database": stack_cells.database,
    "delivery": platform_cells.delivery,
    "storage": platform_cells.storage,
    "ingress": platform_cells.ingress,
    "scalability": platform_cells.scalability,
    "cost": platform_cells.cost,
    "reliability": platform_cells.reliability,
    "access": platform_cells.access,
    "purpose": stack_cells.purpose,
    "domain": stack_cells.domain,
    "hardware": platform_cells.hardware,
    "ports": platform_cells.ports,
    "certificates": platform_cells.certificates,
    "backups": platform_cells.backups,
    "image": stack_cells.image,
    "processes": stack_cells.processes,
    "commands": stack_cells.commands,
    "versions": stack_cells.versions,
    "limits": stack_cells.limits,
    "health": stack_cells.health,
    "logs": platform_cells.logs,
    "variables": stack_cells.settings,
    "secrets": stack_cells.secrets,
    "static": stack_cells.static,
}
"""What fills each row. Those from `image` on are called as parity's aspects are."""

_OF_PARTS = frozenset({"commands", "versions", "limits", "health", "static"})


@dataclass(frozen=True, slots=True)
class WordedRow:
    """A row in one language; `cells` are lines."""

    name: str
    title: str
    cells: tuple[tuple[str, ...], tuple[str, ...]]
    verdict: Verdict
    said: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A comparison in one language: four headings (item, both environments, verdict), and the rows."""

    language: str
    headings: tuple[str, str, str, str]
    rows: tuple[WordedRow, ...]


def compare(left: Environment, right: Environment, on: Date) -> list[ComparedRow]:
    """All rows of two environments, and which differences one of them accepts on a day."""
    found = [Reason(each, reason(each, (right, left), on)) for each in differences(left, right)]
    rows = ((name, (cell(left), cell(right))) for name, cell in ROWS.items())
    return [_row(name, cells, _concerning(name, cells, found)) for name, cells in rows]


def _concerning(row: str, cells: tuple[Cell, Cell], found: Sequence[Reason]) -> tuple[Reason, ...]:
    """The differences that a row is about; one made of parts may differ because only one environment has the part."""
    parts = row in _OF_PARTS and cells[0] != cells[1]
    return tuple(
        each
        for each in found
        if each.difference.aspect == row
        or (row == "database" and each.difference.path[-1] == "on")
        or (parts and each.difference.is_of_whole_part)
    )


def _row(name: str, cells: tuple[Cell, Cell], reasons: tuple[Reason, ...]) -> ComparedRow:
    if reasons:
        verdict = Verdict.DECLARED if all(each.text for each in reasons) else Verdict.UNDECLARED
    else:
        verdict = Verdict.SAME if cells[0] == cells[1] else Verdict.EXPECTED
    return ComparedRow(name, cells, verdict, reasons)


def worded(rows: Sequence[ComparedRow], environments: tuple[str, str], catalogue: Catalogue) -> Table:
    """Rows in the language of a catalogue."""
    say, word = catalogue.say, catalogue.word
    return Table(
        catalogue.language,
        (word("heading.item"), *environments, word("heading.verdict")),
        tuple(
            WordedRow(
                row.name,
                word(f"row.{row.name}"),
                (tuple(map(say, row.cells[0])), tuple(map(say, row.cells[1]))),
                row.verdict,
                say(Phrase(f"verdict.{row.verdict}")),
                row.reasons,
            )
            for row in rows
        ),
    )
