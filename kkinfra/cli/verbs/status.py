"""The verb `status`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, of_targets, watch

if TYPE_CHECKING:
    import argparse

run = lazily("status")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    watch(parser)
    of_targets(parser, "status")
