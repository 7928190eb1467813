"""The verb `deploy`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.dispatch import by_delivery
from kkinfra.cli.verbs import changing, common

if TYPE_CHECKING:
    import argparse

run = by_delivery("deploy")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("--image", metavar="REF", help="image to deploy (default: the spec's)")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    parser.add_argument("--save-plan", metavar="FILE", help="write what would be done to FILE, for --plan")
    parser.add_argument("--plan", metavar="FILE", help="do exactly what FILE says, or refuse")
    parser.add_argument("--allow-unsafe-migrations", action="store_true", help="migrate even so")
    parser.add_argument("--staging-first", action="store_true", help="ask the authority's staging service first")
    parser.add_argument("--retry-certificate", action="store_true", help="ask for a certificate again, now")
    parser.add_argument("--bootstrap", action="store_true", help="apply once what Argo CD delivers afterwards")
    parser.add_argument("--pull-request", action="store_true", help="push to a branch of its own, for a pull request")
    parser.add_argument("--force-conflicts", action="store_true", help="take fields from other field managers")
    parser.add_argument(
        "--prune", action="append", default=[], metavar="KIND/NAME", help="a claim or volume that may go (repeated)"
    )
    changing(parser)
