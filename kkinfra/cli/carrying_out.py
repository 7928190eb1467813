"""Carrying out a plan: it is shown, refused where it must be, agreed to, applied, and told of."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from kkinfra.cli.plan_text import outcome_lines, plan_lines
from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.system.exit_codes import DONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.cli.call import Call
    from kkinfra.console.telling import Telling
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.target import Session


def carry_out(
    options: Call,
    session: Session,
    telling: Telling,
    make: Callable[[], Plan],
    shown: Callable[[Plan], None] = lambda _: None,
) -> int:
    """Make a plan and do it; `shown` hears it before anybody is asked. Returns the exit code."""
    began = time.monotonic()
    plan = make()
    looked = time.monotonic() - began
    telling.pause()
    say(options, *plan_lines(plan, sys.stdout, everything=options.verbose))
    plan.refuse()
    shown(plan)
    if options.dry_run or plan.is_done:
        emit_or_say(options, {"plan": plan.as_json(), "outcome": None}, f"  {plan.said or 'looked'}, {looked:.1f} s")
        return DONE
    if plan.question:
        require_agreement(options, plan.question)
    outcome = session.apply(plan)
    telling.pause()
    emit_or_say(options, {"plan": plan.as_json(), "outcome": outcome.as_json()}, *outcome_lines(outcome))
    return DONE
