"""The difference of an environment as a report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.console.changes import difference_lines
from kkinfra.console.reporting import Report
from kkinfra.difference.as_json import as_json

if TYPE_CHECKING:
    from kkinfra.console.manner import Manner
    from kkinfra.difference.report import Difference


def report(options: Manner, difference: Difference) -> Report:
    """What differs, told in the format that is asked for."""
    document = as_json(difference)
    lines = difference_lines(difference, sys.stdout, everything=options.verbose)
    problems = (f"{each.name} could not be asked: {each.problem}" for each in difference.targets if each.problem)
    return Report(
        difference.exit_code, tuple(lines), document, document, _markdown(options, difference), tuple(problems)
    )  # fmt: skip


def _markdown(options: Manner, difference: Difference) -> str:
    if options.format != "markdown":
        return ""
    from kkinfra.difference.markdown import markdown

    return markdown(difference)
