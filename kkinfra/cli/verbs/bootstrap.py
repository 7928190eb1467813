"""The verb `bootstrap`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

run = lazily("bootstrap")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument(
        "--try", dest="try_out", action="store_true", help="start a pod on each node: does it mount and pull?"
    )
    parser.add_argument("--yes", action="store_true", help="do not ask")
    of_targets(parser, "bootstrap")
