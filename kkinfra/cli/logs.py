"""The verb `logs`: what the parts of an environment print."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.cli.reaching import reached
from kkinfra.console.output import paint
from kkinfra.system.exit_codes import DONE
from kkinfra.targets.protocol.logs import LogRequest

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.logs import LogLine

_COLOURS = ("green", "yellow", "bold", "red")
_SECOND = len("2026-11-25T01:02:03")


def run(options: Call) -> int:
    """Print lines as they come, each part in a colour; news of parts go to standard error. Returns the exit code."""
    colours: dict[str, str] = {}

    def hear(line: LogLine) -> None:
        if not line.is_news:
            colour = colours.setdefault(line.part, _COLOURS[len(colours) % len(_COLOURS)])
            told = (line.at[:_SECOND], paint(line.part, colour, sys.stdout), line.text)
            print(*filter(None, told), flush=True)
        elif not options.quiet:
            print(f"{line.part} {line.text}".strip(), file=sys.stderr, flush=True)

    with reached(options) as (session, telling):
        telling.pause()
        session.logs(LogRequest(tuple(options.parts), options.tail, options.follow), hear)
    return DONE
