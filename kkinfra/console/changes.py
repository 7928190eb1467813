"""A difference as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import paint
from kkinfra.difference.wording import MARKS, field_lines, headline, printable, summary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from kkinfra.difference.change import Change
    from kkinfra.difference.report import Compared, Difference

_COLOURS = {"+": "green", "-": "red", "~": "yellow", "-/+": "red", "!": "red"}
_MOST_LINES = 40


def difference_lines(difference: Difference, stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """Target by target, what differs; `everything` also shows what is in things that come or go, and long texts."""
    for target in difference.targets:
        yield from _target(difference, target, stream, everything=everything)
    if difference.verdict:
        yield printable(difference.verdict)
    yield paint(summary(difference), _colour(difference), stream)


def _target(difference: Difference, target: Compared, stream: TextIO, *, everything: bool) -> Iterator[str]:
    yield printable(f"{difference.environment}: {target.name}: {target.asked}")
    if target.problem:
        first, *more = target.problem.splitlines()
        yield paint(printable(f"  ! could not be asked: {first}"), "red", stream)
        yield from (f"    {printable(line)}" for line in more)
    found = [each for each in difference.changes if each.target == target.name]
    for change in found:
        yield from change_lines(change, stream, everything=everything)
    if not found and not target.problem and not target.left_out:
        yield "  nothing differs"
    yield from (f"  {printable(line)}" for note in target.notes for line in note.splitlines())


def change_lines(change: Change, stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """One change, and below it the fields in which it differs."""
    mark = "!" if change.interrupts else MARKS[change.action]
    yield paint(f"  {mark} {headline(change)}", _COLOURS[mark], stream)
    lines = [line for field in change.fields for line in field_lines(field)]
    most = len(lines) if everything else 0 if change.action in {"add", "remove"} else _MOST_LINES
    yield from (f"      {_painted(line, stream)}" for line in lines[:most])
    if most and len(lines) > most:
        yield f"      ... and {len(lines) - most} more lines; -v shows all"


def _painted(line: str, stream: TextIO) -> str:
    colour = _COLOURS.get(line.removeprefix("  ")[:1])
    return paint(line, colour, stream) if colour else line


def _colour(difference: Difference) -> str:
    return {0: "green", 2: "yellow"}.get(difference.exit_code, "red")
