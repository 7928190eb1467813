"""The verb `diff`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, of_targets, watch

if TYPE_CHECKING:
    import argparse

run = lazily("diff")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("text", "json", "markdown"))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("--without", action="append", default=[], metavar="TARGET", help="do not ask it (repeated)")
    watch(parser)
    of_targets(parser, "diff")
