"""The verb `ledger`: for each field and platform, what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import write_document
from kkinfra.rendering.ledger import as_json, as_markdown

if TYPE_CHECKING:
    from kkinfra.cli.call import Call


def run(options: Call) -> int:
    """Print it; returns the exit code."""
    write_document((as_json if options.format == "json" else as_markdown)())
    return 0
