"""What people read: lines on standard output, errors with their source line on standard error."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.console.manner import Manner, Written
    from kkinfra.errors import Issue, Location

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "bold": "1", "dim": "2"}
_WIDEST = 160

MOST_PRINTED = 50
"""Errors of one spec that are printed for people; programs get all of them."""


def say(options: Manner, *lines: str) -> None:
    """Lines for people on standard output: none with --quiet, and none where programs read it (-o json)."""
    if not options.quiet and options.format != "json":
        for line in lines:
            print(line)


def warn(options: Manner, warning: str) -> None:
    """A warning in one line on standard error, unless --quiet."""
    if not options.quiet:
        print_warning(warning)


def print_warning(warning: str) -> None:
    """A warning in one line on standard error, whatever was asked for."""
    sys.stderr.write(f"{paint('warning:', 'yellow', sys.stderr)} {warning}\n")


def emit(document: object) -> None:
    """One JSON document on standard output, for programs."""
    import json

    print(json.dumps(document, indent=2))


def emit_or_say(options: Manner, document: object, *lines: str) -> None:
    """What was found or done: a document for programs (-o json), lines for people."""
    if options.format == "json":
        emit(document)
    say(options, *lines)


def issue_document(issue: Issue) -> dict[str, Any]:
    """An error of a spec for programs: place, field, what is wrong, what to write, and both in one sentence."""
    said = {"message": issue.message, "remedy": issue.remedy, "problem": issue.problem}
    return {**place_document(issue.location), "field": issue.field, **said}


def place_document(place: Location) -> dict[str, Any]:
    """A place for programs; line and column are 0 where the file has no such place."""
    return {"file": place.file, "line": place.line, "column": place.column}


def format_of(options: Written, endings: Mapping[str, str], default: str, hint: str = "") -> str:
    """The format that is asked for: that of -o, else of the ending of --out, else the default.

    `endings` gives the format of each; `hint` says how to get another. Raises OutputError for an
    ending of another format, or of none.
    """
    from pathlib import Path

    from kkinfra.errors import OutputError

    out = str(options.out or "")
    ending = Path(out).suffix.lower()
    by_ending = endings.get(ending, "")
    if ending and not by_ending:
        known = ", ".join(f"{each} ({form})" for each, form in endings.items())
        raise OutputError(f"{out}: {ending} cannot be written, only {known}{hint}")
    if by_ending and options.format and options.format != by_ending:
        raise OutputError(f"{out} ends as {by_ending} does, and -o asks for {options.format}; leave one of them out")
    return options.format or by_ending or default


def hand_out(options: Written, text: str) -> None:
    """What was asked for, in UTF-8: to the file of --out, else to standard output, also with --quiet.

    A file is written as a whole or not at all; raises OutputError.
    """
    if options.out in (None, "-"):
        write_document(text)
        return
    from kkinfra.errors import OutputError
    from kkinfra.system import whole_file

    try:
        whole_file.write(options.out, text.encode(errors="surrogateescape"))
    except (OSError, ValueError) as error:
        raise OutputError(f"{options.out} cannot be written: {_why(options.out, error)}") from error
    say(options, f"wrote {options.out}")


def write_document(text: str) -> None:
    """A text whose readers expect UTF-8, on standard output, whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode(errors="surrogateescape"))


def _why(out: str, error: OSError | ValueError) -> str:
    from pathlib import Path

    reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
    if not (folder := Path(out).parent).exists():
        return f"{reason}; make the folder {folder}, or name another FILE after --out"
    return f"{reason}; name another FILE after --out"


def paint(text: str, colour: str, stream: TextIO) -> str:
    """Text in a colour, where the stream is a terminal and NO_COLOR is not set (https://no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def emit_error(error: Exception, environment: str = "") -> None:
    """An error as a JSON document on standard output, for programs, with commands that are for `environment`."""
    from kkinfra.errors import KkinfraError, SpecError

    issues = {"issues": [issue_document(each) for each in error.issues]} if isinstance(error, SpecError) else {}
    said = _for_environment(str(error), environment) if isinstance(error, KkinfraError) else type(error).__name__
    emit({"error": said, **issues})


def print_error(error: Exception, environment: str = "") -> None:
    """An error on standard error; each issue of a spec on a line of its own, as editors read it.

    Commands that the error names are for `environment`.
    """
    from kkinfra.errors import KkinfraError, SpecError, WrongCallError

    if not isinstance(error, KkinfraError):
        what = f"{type(error).__name__}: {error}".split("\n", 1)[0][:_WIDEST]
        print(f"internal error: {what}; KKINFRA_DEBUG=1 shows where; please report it", file=sys.stderr)
        return
    if not isinstance(error, SpecError) or error.is_of_a_whole_file:
        usage = error.usage if isinstance(error, WrongCallError) else ""
        said = _for_environment(str(error), environment)
        print(f"{usage}{paint('error:', 'red', sys.stderr)} {said}", file=sys.stderr)
        return
    lines = error.source.split("\n")
    for issue in error.issues[:MOST_PRINTED]:
        print(_issue(issue), file=sys.stderr)
        if sys.stderr.isatty() and 0 < issue.location.line <= len(lines) and not _is_secret(issue, lines):
            print(_excerpt(issue, lines[issue.location.line - 1]), file=sys.stderr)
    count = len(error.issues)
    shown = f", of which {MOST_PRINTED} are printed" if count > MOST_PRINTED else ""
    print(f"{count} error{'s' if count > 1 else ''}{shown}; nothing was written", file=sys.stderr)


def _for_environment(text: str, environment: str) -> str:
    """Put an environment's name where quoted commands have ENV: what a host says does not know it."""
    return re.sub(r"`[^`]+`", lambda quoted: re.sub(r"\bENV\b", lambda _: environment or "ENV", quoted[0]), text)


def _issue(issue: Issue) -> str:
    field = f" {paint(issue.field, 'bold', sys.stderr)}:" if issue.field else ":"
    separator = ":" if issue.field and not issue.location.line else ""
    return f"{issue.location}{separator}{field} {issue.problem}"


def _is_secret(issue: Issue, lines: list[str]) -> bool:
    """Whether its line may hold a secret that somebody wrote by mistake."""
    steps = issue.field.split(".")
    return "secrets" in steps or steps[-1] in ("password", "pull_secret") or _is_below_secrets(issue, lines)


def _is_below_secrets(issue: Issue, lines: list[str]) -> bool:
    """Whether a line that is not YAML stands below the key `secrets`, by its indentation."""
    line = issue.location.line - 1
    indent = len(lines[line]) - len(lines[line].lstrip())
    for above in reversed(lines[: line + 1]):
        here = len(above) - len(above.lstrip())
        if above.strip() and (here < indent or above is lines[line]):
            indent = here
            if re.match(r"\s*[\"']?secrets\b", above):
                return True
    return False


def _excerpt(issue: Issue, line: str) -> str:
    """The source line and a caret below the place; control characters are shown as dots."""
    start = max(0, issue.location.column - _WIDEST // 2)
    shown = "".join(character if character.isprintable() else "." for character in line[start : start + _WIDEST])
    number = f"{issue.location.line:>5} | "
    blank = " " * (len(number) - 2) + "| "
    return f"{number}{shown}\n{blank}{' ' * (issue.location.column - 1 - start)}{paint('^', 'red', sys.stderr)}"
