"""The verb `run`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

run = lazily("run")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("text",))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument(
        "part", nargs="?", default="", metavar="PART", help="whose image (default: the product's first)"
    )
    parser.add_argument("--attach", action="store_true", help="in the container that runs, and not in a fresh one")
    parser.add_argument("--no-terminal", action="store_true", help="without a terminal, even where there is one")
    parser.epilog = "Behind -- stands the command: kkinfra run ENV -- python manage.py shell"
    of_targets(parser, "run")
