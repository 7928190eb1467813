"""A plan and its outcome, as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.changes import change_lines
from kkinfra.console.output import paint
from kkinfra.targets.protocol.history import short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan


def plan_lines(plan: Plan, stream: TextIO, *, everything: bool = False) -> Iterator[str]:
    """The plan, a line a change and what is behind it indented below; with `everything`, every check, too."""
    yield f"{plan.environment}: {plan.where}"
    for change in plan.changes:
        yield from change_lines(change, stream, everything=everything)
    if plan.problem is not None:
        yield from (paint(f"  ! {line}", "red", stream) for line in str(plan.problem).splitlines())
    if not plan.changes and plan.action in {"deploy", "push"}:
        yield "  nothing to do" if plan.is_done else "  nothing changes"
    yield from (f"  {line}" for note in plan.notes for line in note.splitlines())
    if everything:
        yield from (f"  {check}" for check in plan.checks if not check.problem)


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """How it ended."""
    run = outcome.run
    took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
    to = " to" if run.result == "rolled back" else ""
    said = f"; {outcome.said}" if outcome.said else ""
    yield " ".join(each for each in (f"{run.result}{to}", short(run.of or run.release)) if each) + took + said
    yield from outcome.told
    yield from (f"  warning: {each}" for each in outcome.warnings)
