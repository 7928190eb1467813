"""The verb `rollback`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import asking, common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

run = lazily("rollback")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("release", nargs="?", metavar="RELEASE", help="which one (default: the one before)")
    asking(parser)
    of_targets(parser, "rollback")
