"""The verb `validate`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily

if TYPE_CHECKING:
    import argparse

run = lazily("validate")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser, formats=("text", "json", "sarif"))
    parser.add_argument("environment", nargs="?", metavar="ENV")
