"""A plan and the checks before it, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import paint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from kkinfra.targets.compose.plan.plan import HostPlan, PlannedChange
    from kkinfra.targets.compose.plan.preflight import Check

_COLOURS = {"+": "green", "-": "red", "~": "yellow", "!": "red"}
_MOST_LINES = 12


def plan_lines(plan: HostPlan, stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """The plan, a line a change, and what is behind it indented below."""
    before = plan.before.id if plan.before else "nothing"
    yield f"{plan.environment}: {plan.release.domain}, {plan.release.namespace}; {before} serves"
    if plan.is_empty:
        yield "  nothing to do"
    for change in plan.changes:
        yield from _change(change, stream, everything=everything)
    for note in plan.notes:
        yield f"  {note}"


def _change(change: PlannedChange, stream: TextIO, *, everything: bool) -> Iterator[str]:
    yield paint(f"  {change.mark} {change.part}: {change.what}", _COLOURS[change.mark], stream)
    most = len(change.details) if everything else _MOST_LINES
    yield from (f"      {line}" for line in change.details[:most])
    if len(change.details) > most:
        yield f"      ... and {len(change.details) - most} more lines; -v shows all"


def check_lines(found: Iterable[Check], *, everything: bool = False) -> Iterator[str]:
    """The checks that failed; all of them where asked."""
    for check in found:
        if check.problem:
            yield ": ".join(part for part in (f"  {check.name}", check.found, check.problem) if part)
        elif everything:
            yield f"  {check.name}: {check.found}"
