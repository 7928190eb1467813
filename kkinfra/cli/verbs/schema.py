"""The verb `schema`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import lazily

if TYPE_CHECKING:
    import argparse

run = lazily("schema")


def add_flags(_parser: argparse.ArgumentParser) -> None:
    """Add none."""
