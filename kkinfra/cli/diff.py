"""The verb `diff`: what is rendered against what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.reaching import Repeated
from kkinfra.console.difference_report import report
from kkinfra.console.reporting import tell

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Tell what differs; returns 0, 2 where something does, 1 where a place could not be asked."""
    without = frozenset(options.without)
    with Repeated(options) as place:
        return tell(options, lambda: report(options, place.ask(lambda session: session.difference(without))))
