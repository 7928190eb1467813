"""The verb `history`: what was done to an environment, newest last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.reaching import reached
from kkinfra.console.output import emit_or_say
from kkinfra.system.exit_codes import DONE

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Tell the runs; returns the exit code."""
    with reached(options) as (session, telling):
        found = session.history()
        telling.pause()
    told = [*map(str, found.runs)] or [f"{found.environment}: nothing was deployed yet"]
    emit_or_say(options, found.as_json(), *told, *(f"{found.environment} {note}" for note in found.notes))
    return DONE
