"""The verb `ledger`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import lazily

if TYPE_CHECKING:
    import argparse

run = lazily("ledger")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    parser.add_argument("-o", dest="format", choices=("markdown", "json"), default="markdown")
