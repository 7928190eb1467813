"""The lock of an environment, in one form for every target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kkinfra.values.moment import iso, second


@dataclass(frozen=True, slots=True)
class LockHolder:
    """Who holds a lock: `what` for, `since` when (Unix time), and the `phase` it is in.

    >>> print(kkinfra.LockHolder("dana@desk", "deploy", since=1_764_032_523, phase="pull"))
    dana@desk (deploy since 2025-11-25 01:02:03 UTC, now: pull)
    """

    who: str
    what: str
    since: float
    phase: str = ""
    ci: str = ""
    run: str = ""

    def __str__(self) -> str:
        """As a message names it."""
        now, ci = f", now: {self.phase}" if self.phase else "", f", {self.ci}" if self.ci else ""
        return f"{self.who} ({self.what} since {second(self.since)}{now}{ci})"

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "who": self.who, "what": self.what, "since": iso(self.since), "phase": self.phase, "ci": self.ci,
            "run": self.run,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class LockStatus:
    """Whether a lock is `held`, and by whom.

    Where it is not, `holder` is who left it without an end, if anybody did; after `release_lock`, who had it before.

    >>> production.lock()
    LockStatus(held=False, holder=None)
    """

    held: bool
    holder: LockHolder | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"held": self.held, "holder": self.holder.as_json() if self.holder else None}


FREE = LockStatus(held=False)
