"""A plan: what would be done to an environment where it runs, in one form for every target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from kkinfra.difference.as_json import change_as_json
from kkinfra.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.difference.change import Change
    from kkinfra.errors import KkinfraError

FORMAT = 2
"""Of the document; raised when a key goes or means something else."""


class Check(NamedTuple):
    """Something that was looked at; `problem` is empty where it is as it must be, and says what helps otherwise.

    >>> print(kkinfra.Check("disk", "12 MB free", "500 MB are needed"))
    disk: 12 MB free: 500 MB are needed
    """

    name: str
    found: str
    problem: str = ""

    def __str__(self) -> str:
        """In a line."""
        return ": ".join(each for each in self if each)


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """What an `action` (deploy, rollback, resume, push, seal, provision) would do to an environment.

    `where` says which place was looked at; `release` is the one that comes, empty where its name is not known before,
    and `before` the one that serves. `changes` are in the order of telling. `problem` is why it cannot be applied at
    all. `tree` is a digest of what is rendered, `fingerprint` one of the place as the plan was made from it.
    `warnings` are those of the proofs, `options` what was asked for besides; `said` and `details` tell what looking
    took. `question` is what a person agrees to, empty where nothing that runs is changed. A plan that `is_done` leaves
    nothing to do, to wait for or to record. `made` is the target's own.

    >>> plan = production.plan()
    >>> plan.action, plan.question, [change.identity for change in plan.changes]
    ('deploy', 'deploy?', ['web'])
    >>> plan.refuse()  # nothing stops it
    >>> plan.as_json()["done"]
    False
    """

    environment: str
    action: str
    where: str
    image: str = ""
    release: str = ""
    before: str = ""
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    problem: KkinfraError | None = None
    tree: str = ""
    fingerprint: str = ""
    warnings: tuple[str, ...] = ()
    said: str = ""
    details: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False)
    options: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    question: str = ""
    is_done: bool = False
    made: Any = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """On a line."""
        what = "nothing to do" if self.is_done else f"{len(self.changes)} changes"
        return f"<Plan to {self.action} {self.environment}: {what}>"

    def refuse(self) -> None:
        """Raise why it cannot be applied, if it cannot: `problem`, or DeployError with all checks that failed."""
        if self.problem is not None:
            raise self.problem
        failed = [each for each in self.checks if each.problem]
        if failed:
            lines = "\n".join(f"  {each}" for each in failed)
            raise DeployError(f"{self.environment} is not ready, and nothing was changed:\n{lines}")

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/plan.schema.json describes them. They hold no secret."""
        return {
            "version": FORMAT, "environment": self.environment, "action": self.action, "where": self.where,
            "image": self.image, "release": self.release, "before": self.before, "done": self.is_done,
            "changes": [change_as_json(each) for each in self.changes], "notes": list(self.notes),
            "checks": [each._asdict() for each in self.checks],
            "problem": str(self.problem) if self.problem else "", "warnings": list(self.warnings),
            "tree": self.tree, "fingerprint": self.fingerprint,
            "details": dict(self.details),
        }  # fmt: skip
