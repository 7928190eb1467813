"""A plan for a cluster, as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.output import paint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from kkinfra.targets.kubernetes.difference import Change
    from kkinfra.targets.kubernetes.planning import Plan

_MARKS = {"create": "+", "change": "~", "delete": "-"}
_COLOURS = {"+": "green", "-": "red", "~": "yellow", "!": "red"}
_MOST_LINES = 12


def plan_lines(plan: Plan, stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """The plan, a line an object, and what changes of it indented below."""
    made = {each.reference for each in plan.secrets if each.action == "create"}
    for change in (*plan.secrets, *(each for each in plan.changes if each.reference not in made)):
        if change.action != "same":
            yield from _change(change, stream, everything=everything)
    for name in plan.again:
        yield paint(f"  ~ {name} failed, and runs once more", _COLOURS["~"], stream)
    for name in plan.restarted:
        yield paint(f"  ~ {name} restarts, since a secret that it reads was changed", _COLOURS["~"], stream)
    for each in plan.pruned:
        yield paint(f"  - {each.reference}: is not rendered any more", _COLOURS["-"], stream)
    for each in plan.kept:
        yield f"    {each.reference} is not rendered any more, and stays: {each.why}"
    for conflict in plan.conflicts:
        yield from (paint(f"  ! {line}", _COLOURS["!"], stream) for line in str(conflict).splitlines())
    if plan.is_empty:
        yield "  nothing changes"


def _change(change: Change, stream: TextIO, *, everything: bool) -> Iterator[str]:
    mark = _MARKS[change.action]
    yield paint(f"  {mark} {change.reference}", _COLOURS[mark], stream)
    if change.action == "create" and not everything:
        return
    most = len(change.lines) if everything else _MOST_LINES
    yield from (f"      {line}" for line in change.lines[:most])
    if len(change.lines) > most:
        yield f"      ... and {len(change.lines) - most} more lines; -v shows all"
