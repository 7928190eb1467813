"""The verb `bootstrap`: what an environment needs of its place, and how to get that; it installs nothing."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.cli.reaching import reached, unknown
from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, paint
from kkinfra.system.exit_codes import DONE, FAILED
from kkinfra.targets.protocol.target import Bootstraps

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.needs import Need


def run(options: Call) -> int:
    """Look for everything that a deploy needs; returns 1 where something is missing."""
    with reached(options) as (session, telling):
        if not isinstance(session, Bootstraps):
            raise unknown(options, "bootstrap")
        found = session.needs()
        if options.try_out:
            question = session.trial()
            telling.pause()
            require_agreement(options, question)
            found = replace(found, needs=(*found.needs, *session.try_out().needs))
        telling.pause()
    emit_or_say(
        options,
        found.as_json(),
        f"{found.environment}: {found.where}",
        *map(_line, found.needs),
        *(f"  see to it: {line}" for line in found.by_hand),
    )
    return FAILED if any(each.problem for each in found.needs) else DONE


def _line(need: Need) -> str:
    if need.unseen:
        return f"  {paint('unknown', 'yellow', sys.stdout)} {need.name}: {need.unseen}"
    if need.problem:
        return f"  {paint('missing', 'red', sys.stdout)} {need.name}: {need.found}; {need.problem}"
    return f"  {paint('there', 'green', sys.stdout)} {need.name}: {need.found}"
