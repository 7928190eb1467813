"""The verb `deploy`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import asking, common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

run = lazily("deploy")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("--image", metavar="REF", help="image to deploy (default: the spec's)")
    parser.add_argument("--save-plan", metavar="FILE", help="write what would be done to FILE, for --plan")
    parser.add_argument("--plan", metavar="FILE", help="do exactly what FILE says, or refuse")
    asking(parser)
    of_targets(parser, "deploy")
