"""The verbs: a file for each, with its flags and what runs it; here is what several have."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING

from kkinfra.spec.search import DEFAULT_SPEC

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.cli.call import Call

_LONGEST_SECONDS = 86_400
_WATCH_SECONDS = 10


def common(
    parser: argparse.ArgumentParser, formats: tuple[str, ...] = ("text", "json"), default: str | None = "text"
) -> None:
    """Add the flags of every verb that reads a spec."""
    parser.add_argument(
        "--spec", metavar="FILE",
        help=f"the spec (default: $KKINFRA_SPEC, else {DEFAULT_SPEC}, here or in a directory above)",
    )  # fmt: skip
    parser.add_argument(
        "-o", dest="format", choices=formats, default=default, help=f"output format (default: {default or formats[0]})"
    )
    volume = parser.add_mutually_exclusive_group()
    volume.add_argument("-q", "--quiet", action="store_true", help="errors only")
    volume.add_argument("-v", "--verbose", action="store_true", help="everything")


def asking(parser: argparse.ArgumentParser) -> None:
    """Add the flags of every verb that asks before it changes something."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def watch(parser: argparse.ArgumentParser) -> None:
    """Add `--watch`."""
    parser.add_argument(
        "--watch", type=seconds, nargs="?", const=_WATCH_SECONDS, metavar="S",
        help=f"again and again, S seconds apart, until Ctrl-C (default: {_WATCH_SECONDS})",
    )  # fmt: skip


def of_targets(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add the flags that the installed targets have for a verb."""
    from kkinfra.cli.target_flags import add_target_flags

    add_target_flags(parser, verb)


def seconds(text: str) -> int:
    """A whole number of seconds, up to a day; raises ArgumentTypeError for anything else."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _LONGEST_SECONDS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 1 to {_LONGEST_SECONDS}")
    return int(text)


def lazily(module: str) -> Callable[[Call], int]:
    """What runs a verb, by its module below `kkinfra.cli`, which is imported when it is run, and not before."""

    def run(options: Call) -> int:
        code: int = import_module(f"kkinfra.cli.{module}").run(options)
        return code

    return run
