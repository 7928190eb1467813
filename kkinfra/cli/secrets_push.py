"""The verb `secrets push`: secrets are put where they are read, before anything of a release is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import reached, unknown
from kkinfra.targets.protocol.target import TakesSecrets

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Put the secrets there; returns the exit code."""
    with reached(options) as (session, telling):
        if not isinstance(session, TakesSecrets):
            raise unknown(options, "secrets push")
        return carry_out(options, session, telling, session.plan_secrets)
