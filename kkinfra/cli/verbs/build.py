"""The verb `build`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, seconds

if TYPE_CHECKING:
    import argparse

run = lazily("build")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("--push", action="store_true", help="push it, and tell its digest")
    parser.add_argument("--allow-dirty", action="store_true", help="build what is not committed, too")
    parser.add_argument("--tag", action="append", default=[], metavar="TAG", help="another tag (may be repeated)")
    parser.add_argument("--no-cache", action="store_true", help="run every step, whatever ran before")
    parser.add_argument("--network", metavar="NAME", help="network of the steps, as in --network host")
    parser.add_argument(
        "--timeout", type=seconds, default=1800, metavar="S", help="seconds that all of it may take (default: 1800)"
    )
