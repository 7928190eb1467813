"""The outcome of a plan that was applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.targets.protocol.history import Run


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """How a plan ended that was applied: the run as the history has it, and what is said of it.

    `said` is told in its line, and `told` below it; `warnings` are what did not stop it, `details` the target's own
    plain values.

    >>> outcome = production.apply(production.plan())
    >>> outcome.run.release, outcome.run.seconds, outcome.warnings
    ('1', 1.5, ())
    """

    run: Run
    said: str = ""
    told: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __repr__(self) -> str:
        """On a line."""
        return f"<Outcome: {self.run.action} of {self.run.release or 'nothing'} {self.run.result}>"

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/deploy.schema.json describes them."""
        return {**self.run.as_json(), "warnings": list(self.warnings), "details": dict(self.details)}
