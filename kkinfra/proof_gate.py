"""The proofs before a plan: errors that nobody accepted stop it, before anything is connected to."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kkinfra.date import Date
from kkinfra.errors import UnprovenError
from kkinfra.output import paint
from kkinfra.proof_text import finding_lines
from kkinfra.proving import prove

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec import Spec


def today() -> Date:
    """This day, in UTC."""
    return Date(datetime.now(UTC).date().isoformat())


def require_proofs(options: argparse.Namespace, spec: Spec, name: str) -> None:
    """Prove an environment; raises UnprovenError with all errors, and tells warnings in a line each."""
    results = prove(spec, [name], today())
    errors = [result for result in results if result.is_error]
    if errors:
        count = f"{len(errors)} error{'s' if len(errors) > 1 else ''}"
        lines = "\n".join(finding_lines(errors, sys.stderr))
        raise UnprovenError(f"the proofs find {count} in {name}; nothing was changed\n{lines}")
    for result in results:
        if result.severity == "warning" and not result.accepted and not options.quiet:
            sys.stderr.write(f"{paint('warning:', 'yellow', sys.stderr)} {result.message} [{result.rule}]\n")
