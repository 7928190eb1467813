"""A report of what runs, told once, or with --watch again and again."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.console.output import emit, print_error, say
from kkinfra.errors import KkinfraError
from kkinfra.system.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.console.manner import Watched

_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: `lines` for people, `document` for programs, `markdown` for a pull request, and the exit code.

    `essence` is what --watch compares: it leaves out figures that are others in each round. `problems` are what
    --quiet tells all the same.
    """

    code: int
    lines: tuple[str, ...]
    document: object
    essence: object
    markdown: str = ""
    problems: tuple[str, ...] = ()


def tell(options: Watched, ask: Callable[[], Report]) -> int:
    """Ask and tell, in the format that `options` names; returns the exit code."""
    if getattr(options, "watch", None):
        return _watch(options, ask)
    report = ask()
    _show(options, report)
    return report.code


def _show(options: Watched, report: Report) -> None:
    if options.format == "json":
        emit(report.document)
    elif options.format == "markdown":
        print(report.markdown)  # noqa: T201 - the one place where it is printed
    else:
        for line in report.lines:
            say(options, line)
    if options.quiet:
        for problem in report.problems:
            print(problem, file=sys.stderr)  # noqa: T201 - as errors are


def _watch(options: Watched, ask: Callable[[], Report]) -> int:
    """Ask until Ctrl-C, `options.watch` seconds apart: drawn anew on a terminal, elsewhere told where it changed."""
    told: object = None
    try:
        while True:
            told = _round(options, ask, told)
            sys.stdout.flush()
            time.sleep(options.watch or 0)
    except KeyboardInterrupt:
        return INTERRUPTED


def _round(options: Watched, ask: Callable[[], Report], told: object) -> object:
    """One round; returns what --watch compares the next one with. What fails is told, and tried again."""
    try:
        report = ask()
    except KkinfraError as error:
        if str(error) != told:
            print_error(error, environment=options.environment)
        return str(error)
    is_drawn = options.format == "text" and sys.stdout.isatty()
    if not is_drawn and report.essence == told:
        return told
    if options.format == "json":
        print(json.dumps(report.document), flush=True)  # noqa: T201 - a document a line
        return report.essence
    at = time.strftime("%H:%M:%S UTC", time.gmtime())
    every = f"every {options.watch} s until Ctrl-C; "
    say(options, f"{_CLEAR}{every}{at}" if is_drawn else at)
    _show(options, report)
    return report.essence
