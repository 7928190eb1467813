"""The verb `rollback`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.dispatch import by_delivery
from kkinfra.cli.verbs import changing, common

if TYPE_CHECKING:
    import argparse

run = by_delivery("rollback")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("release", nargs="?", metavar="RELEASE", help="which one (default: the one before)")
    parser.add_argument("--dry-run", action="store_true", help="say which one, and change nothing")
    changing(parser)
