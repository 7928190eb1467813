"""The verb `report`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily

if TYPE_CHECKING:
    import argparse

run = lazily("report")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("html",), default="html")
    parser.add_argument("--out", metavar="FILE", help="write to FILE instead of standard output")
    parser.add_argument("--lang", choices=("en", "ko"), default="en", help="language of the page (default: en)")
    parser.add_argument("--date", metavar="DAY", help="the day it is made for, and says (default: today, not said)")
    parser.add_argument(
        "--difference", action="append", default=[], metavar="FILE",
        help="show what `kkinfra diff ENV -o json` wrote to FILE; - is standard input (repeated)",
    )  # fmt: skip
