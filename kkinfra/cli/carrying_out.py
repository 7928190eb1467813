"""Carrying out a plan: it is shown, refused where it must be, agreed to, applied, and told of."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from kkinfra.cli.plan_text import outcome_lines, plan_lines
from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.errors import KkinfraError
from kkinfra.system.exit_codes import DONE
from kkinfra.targets.protocol.provisioner import Provisioning

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.cli.call import Call
    from kkinfra.console.telling import Telling
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.target import Session


def carry_out(
    options: Call,
    session: Session | Provisioning,
    telling: Telling,
    make: Callable[[], Plan],
    shown: Callable[[Plan], None] = lambda _: None,
) -> int:
    """Make a plan and do it, or discard it; `shown` hears it before anybody is asked. Returns the exit code."""
    began = time.monotonic()
    plan = make()
    looked = time.monotonic() - began
    telling.pause()
    try:
        say(options, *plan_lines(plan, sys.stdout, everything=options.verbose))
        plan.refuse()
        shown(plan)
        is_applied = not (options.dry_run or plan.is_done)
        if is_applied and plan.question:
            require_agreement(options, plan.question)
    except BaseException:
        with suppress(KkinfraError):
            _discard(session, plan)
        raise
    if not is_applied:
        _discard(session, plan)
        emit_or_say(options, {"plan": plan.as_json(), "outcome": None}, f"  {plan.said or 'looked'}, {looked:.1f} s")
        return DONE
    outcome = session.apply(plan)
    telling.pause()
    emit_or_say(options, {"plan": plan.as_json(), "outcome": outcome.as_json()}, *outcome_lines(outcome))
    return DONE


def _discard(session: Session | Provisioning, plan: Plan) -> None:
    if isinstance(session, Provisioning):
        session.discard(plan)
