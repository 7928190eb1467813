"""The verb `compare`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily

if TYPE_CHECKING:
    import argparse

run = lazily("compare")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("text", "json", "markdown", "html"))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("other", metavar="ENV")
    parser.add_argument("--lang", default="en", metavar="LANGUAGE", help="en or ko (default: en)")
