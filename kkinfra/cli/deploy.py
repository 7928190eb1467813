"""The verb `deploy`: prove, plan, show, ask, apply."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import environment_of, reached
from kkinfra.console.output import warn

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.plan import Plan


def run(options: Call) -> int:
    """Deploy an environment; returns the exit code. The proofs come before anything is connected to."""
    saved = None
    if options.plan:
        from kkinfra.cli.saved_plan import load_plan

        saved = load_plan(options.plan, options.environment)
    environment = environment_of(options).with_image(options.image or "")
    if saved is not None:
        environment = environment.with_image(str(saved.get("image")), "--plan")

    def shown(plan: Plan) -> None:
        if saved is not None or options.save_plan:
            from kkinfra.cli.saved_plan import refuse_other_plan, save_plan

            if saved is not None:
                refuse_other_plan(saved, plan)
            if options.save_plan:
                save_plan(plan, options.save_plan)

    with reached(options, environment) as (session, telling):
        warnings = environment.warnings()
        for warning in warnings:
            warn(options, warning)
        return carry_out(options, session, telling, lambda: replace(session.plan(), warnings=warnings), shown)
