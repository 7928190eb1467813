"""The verb `diagram`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily

if TYPE_CHECKING:
    import argparse

run = lazily("diagram")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("mermaid", "svg"), default=None)
    parser.add_argument("environment", nargs="?", metavar="ENV")
    parser.add_argument("--out", metavar="FILE", help="write to FILE, whose ending also tells the format")
