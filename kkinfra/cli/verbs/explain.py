"""The verb `explain`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily
from kkinfra.spec.search import TREES

if TYPE_CHECKING:
    import argparse

run = lazily("explain")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("question", nargs="?", metavar="FIELD|FILE:LINE")
    parser.add_argument("--out", default=TREES, metavar="DIR", help="where rendered files are (default: as render)")
