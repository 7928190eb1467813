"""The history of an environment: one run after the other, in one form for every target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kkinfra.values.moment import iso, minute

VERSION = 1
"""Raised when a key goes or means something else; one that comes does not raise it."""

_DIGEST_SHOWN = 19


@dataclass(frozen=True, slots=True)
class Run:
    """Something that was done to an environment.

    `action` is deploy, rollback, resume, run (of a `command`), or what somebody else did; `result` is deployed, rolled
    back, resumed, ended, failed or begun, and `why` tells of a failure. `release` is what serves afterwards, `of` the
    release that was gone back to, where that is another name. `at` is Unix time, `seconds` what it took. `serves` is
    whether this run's release serves now, `kept` whether it can be gone back to.
    """

    release: str
    action: str
    result: str
    at: float
    seconds: float | None = None
    image: str = ""
    revision: str = ""
    who: str = ""
    ci: str = ""
    why: str = ""
    of: str = ""
    command: str = ""
    serves: bool = False
    kept: bool = True

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/history.schema.json describes them."""
        return {
            "release": self.release, "action": self.action, "result": self.result, "at": iso(self.at),
            "seconds": None if self.seconds is None else round(self.seconds, 1), "image": self.image,
            "revision": self.revision, "who": self.who, "ci": self.ci, "why": self.why, "of": self.of,
            "command": self.command, "serves": self.serves, "kept": self.kept,
        }  # fmt: skip

    def __str__(self) -> str:
        """On a line: `*` is what serves, `-` what cannot be gone back to."""
        mark = "*" if self.serves else " " if self.kept or self.command else "-"
        of = f" to {self.of}" if self.of else ""
        took = f" in {self.seconds:.1f} s" if self.seconds is not None else ""
        name, _, digest = self.image.partition("@")
        command = f" `{self.command}`" if self.command else ""
        facts = (digest[:_DIGEST_SHOWN] or name, self.revision, self.who, self.ci)
        told = " ".join(each for each in facts if each)
        why = f": {self.why.splitlines()[0]}" if self.why else ""
        return f"{mark} {self.release} {minute(self.at)} {self.result}{command}{of}{took}  {told}{why}".rstrip()


@dataclass(frozen=True, slots=True)
class History:
    """The runs that are known, newest last; `notes` say what holds besides, as that a rollback stays."""

    environment: str
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/history.schema.json describes them."""
        runs = [each.as_json() for each in self.runs]
        return {"version": VERSION, "environment": self.environment, "runs": runs, "notes": list(self.notes)}
