"""The proofs before a plan: errors that nobody accepted stop it, before anything is connected to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kkinfra.errors import UnprovenError
from kkinfra.proving.text import finding_lines
from kkinfra.spec.date import Date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.proving.prove import Result


def today() -> Date:
    """This day, in UTC."""
    return Date(datetime.now(UTC).date().isoformat())


def unaccepted_warnings(results: Iterable[Result], name: str) -> tuple[str, ...]:
    """What is told of an environment's findings, in a line each; raises UnprovenError with all errors."""
    results = tuple(results)
    errors = [result for result in results if result.is_error]
    if errors:
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        lines = "\n".join(finding_lines(errors, sys.stderr))
        raise UnprovenError(f"the proofs find {count} in {name}; nothing was changed\n{lines}")
    warnings = (result for result in results if result.severity == "warning" and not result.accepted)
    return tuple(f"{result.message} [{result.rule}]" for result in warnings)
