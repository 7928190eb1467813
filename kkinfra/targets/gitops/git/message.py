"""Messages of commits: what was done, by whom, from which revision; read back for the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.rendering.writing import Comparison

ACTION, IMAGE, WHO, REVISION, TO = (
    "Kkinfra-Action", "Kkinfra-Image", "Kkinfra-By", "Kkinfra-Revision", "Kkinfra-To",
)  # fmt: skip
"""Trailers (git-interpret-trailers(1))."""

_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class About:
    """A commit as it is told: `action` is deploy, rollback or resume, `to` the commit that a rollback goes back to."""

    project: str
    environment: str
    action: str
    image: str
    who: str
    ci: str = ""
    revision: str = ""
    to: str = ""


def message(about: About, change: Comparison) -> str:
    """Subject, plan and trailers."""
    trailers = {ACTION: about.action, IMAGE: about.image, WHO: about.who, REVISION: about.revision, TO: about.to}
    written = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in trailers.items() if value)
    plan = list(plan_lines(change)) or ["no rendered file changes"]
    if len(plan) > _MOST_LINES:
        plan = [*plan[:_MOST_LINES], f"... and {len(plan) - _MOST_LINES} more"]
    ci = (f"\nRun: {about.ci}\n",) if about.ci else ()
    return "\n".join((_subject(about), "", counted(change), "", *plan, *ci, "", written, ""))


def _subject(about: About) -> str:
    name = f"{about.project} {about.environment}"
    match about.action:
        case "rollback":
            return f"Roll back {name} to {about.to[:12]}: {about.image}"
        case "resume":
            return f"Resume {name}"
        case _:
            return f"Deploy {name}: {about.image}"


def plan_lines(change: Comparison) -> Iterator[str]:
    """A line a file."""
    yield from (f"+ {path}" for path in change.added)
    yield from (f"~ {path}" for path in change.changed)
    yield from (f"- {path}" for path in change.obsolete)
    yield from (f"  {line}" for line in kept_notes(change))


def kept_notes(change: Comparison) -> Iterator[str]:
    """What stays in Git."""
    yield from (f"{path} is not rendered any more, and stays: it was changed by hand" for path in change.edited)


def counted(change: Comparison) -> str:
    """How many files."""
    return (
        f"{len(change.added)} added, {len(change.changed)} changed, {len(change.obsolete)} removed, "
        f"{change.unchanged} unchanged"
    )
