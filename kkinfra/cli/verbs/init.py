"""The verb `init`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import lazily

if TYPE_CHECKING:
    import argparse

run = lazily("init")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    parser.add_argument("directory", nargs="?", default=".", metavar="DIRECTORY")
    parser.add_argument(
        "--from", dest="origin", metavar="SOURCE",
        help="where the noxfile gets kkinfra: a wheel, or git+URL@COMMIT (default: where this one came from)",
    )  # fmt: skip
    parser.add_argument("--ci", choices=("github-actions",), help="write the workflows that check and deploy, too")
