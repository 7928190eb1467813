"""The verb `rollback`: a release that served before serves again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import reached

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Go back to the release that is named, or to the one before; returns the exit code."""
    with reached(options) as (session, telling):
        return carry_out(options, session, telling, partial(session.plan_rollback, options.release or ""))
