"""The verb `status`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.dispatch import by_delivery
from kkinfra.cli.verbs import common, context, watch

if TYPE_CHECKING:
    import argparse

run = by_delivery("status")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    watch(parser)
    context(parser)
