"""The verb `status`: what runs, and whether it is well."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.cli.reaching import Repeated
from kkinfra.cli.status_text import problem_lines, status_lines
from kkinfra.console.reporting import Report, tell
from kkinfra.system.exit_codes import DONE, FAILED

if TYPE_CHECKING:
    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.status import Status


def run(options: Call) -> int:
    """One screen; returns 1 where something is not well."""
    with Repeated(options) as place:
        return tell(options, lambda: _report(place.ask(lambda session: session.status())))


def _report(status: Status) -> Report:
    lines, problems = tuple(status_lines(status, sys.stdout)), tuple(problem_lines(status))
    code = DONE if status.is_well else FAILED
    return Report(code, lines, status.as_json(), status.essence(), problems=problems)
