"""The verb `resume`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import asking, common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

run = lazily("resume")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    asking(parser)
    of_targets(parser, "resume")
