"""The verb `resume`: an environment that was rolled back goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import reached, unknown
from kkinfra.targets.protocol.target import Resumes

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Let it go on; returns the exit code."""
    with reached(options) as (session, telling):
        if not isinstance(session, Resumes):
            raise unknown(options, "resume")
        return carry_out(options, session, telling, session.plan_resume)
