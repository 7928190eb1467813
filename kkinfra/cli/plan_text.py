"""A plan and its outcome, as people read them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kkinfra.cli.table import table
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
    if plan.action == "provision" and plan.checks:
        yield from _table(plan)
    else:
        for change in plan.changes:
            yield from change_lines(change, stream, everything=everything)
    if plan.problem is not None:
        yield from (paint(f"  ! {line}", "red", stream) for line in str(plan.problem).splitlines())
    if not plan.changes and plan.action in {"deploy", "push", "provision"}:
        yield "  nothing to do" if plan.is_done else "  nothing changes"
    yield from (f"  {line}" for note in plan.notes for line in note.splitlines())
    if everything and plan.action != "provision":
        yield from (f"  {check}" for check in plan.checks if not check.problem)


def _table(plan: Plan) -> list[str]:
    """Each thing that was looked at, and what is to do about it."""
    todo = {change.identity: change.note for change in plan.changes}
    rows = [("", "is there", "to do"), *((each.name, each.found, todo.get(each.name, "")) for each in plan.checks)]
    return table(rows, shutil.get_terminal_size((120, 24)).columns)


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """How it ended."""
    run = outcome.run
    what = f" {short(run.of or run.release)}" if run.release else ""
    took = f" in {run.seconds:.1f} s" if run.seconds is not None else ""
    to = " to" if run.result == "rolled back" else ""
    said = f"; {outcome.said}" if outcome.said else ""
    yield f"{run.result}{to}{what}{took}{said}"
    yield from outcome.told
    yield from (f"  warning: {each}" for each in outcome.warnings)
