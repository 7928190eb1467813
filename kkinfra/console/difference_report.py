"""The difference of an environment as a report, and the targets that the user left out of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kkinfra.console.changes import difference_lines
from kkinfra.console.reporting import Report, tell
from kkinfra.difference.as_json import as_json
from kkinfra.difference.report import Difference, not_asked
from kkinfra.errors import KkinfraError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


def tell_report(options: argparse.Namespace, ask: Callable[[], Difference]) -> int:
    """Tell what differs, once or with --watch; returns 0, 2 where something does, 1 where a target was not asked."""
    return tell(options, lambda: _report(options, ask()))


def asked(environment: str, name: str, what: str, ask: Callable[[], Difference]) -> Difference:
    """The difference at a target, or why it could not be asked."""
    try:
        return ask()
    except KkinfraError as error:
        return not_asked(environment, name, what, str(error))


def without(options: argparse.Namespace, targets: Sequence[str]) -> set[str]:
    """The targets that --without names; raises KkinfraError where one is none of the environment's."""
    named = {str(each) for each in getattr(options, "without", ())}
    if unknown := sorted(named - {*targets}):
        known = ", ".join(targets) or "nothing can be left out of it"
        raise KkinfraError(f"--without {unknown[0]}: {options.environment} has no such target ({known})")
    return named


def _report(options: argparse.Namespace, difference: Difference) -> Report:
    document = as_json(difference)
    lines = difference_lines(difference, sys.stdout, everything=options.verbose)
    problems = (f"{each.name} could not be asked: {each.problem}" for each in difference.targets if each.problem)
    return Report(
        difference.exit_code, tuple(lines), document, document, _markdown(options, difference), tuple(problems)
    )  # fmt: skip


def _markdown(options: argparse.Namespace, difference: Difference) -> str:
    if options.format != "markdown":
        return ""
    from kkinfra.difference.markdown import markdown

    return markdown(difference)
