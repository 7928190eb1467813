"""The verb `secrets seal`: secrets are encrypted for the place that decrypts them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from kkinfra.cli.carrying_out import carry_out
from kkinfra.cli.reaching import reached, unknown
from kkinfra.targets.protocol.target import Seals

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Seal the secrets that are named, or all; returns the exit code."""
    with reached(options) as (session, telling):
        if not isinstance(session, Seals):
            raise unknown(options, "secrets seal")
        plan = partial(session.plan_seal, tuple(options.names), options.certificate or "")
        return carry_out(options, session, telling, plan)
