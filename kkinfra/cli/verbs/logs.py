"""The verb `logs`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, of_targets, seconds

if TYPE_CHECKING:
    import argparse

run = lazily("logs")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("text",))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("parts", nargs="*", metavar="PART", help="these parts only")
    parser.add_argument("--tail", type=seconds, default=100, metavar="N", help="lines of each part (default: 100)")
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    of_targets(parser, "logs")
