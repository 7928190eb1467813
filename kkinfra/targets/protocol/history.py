"""The history of an environment: one run after the other, in one form for every target."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from kkinfra.values.moment import iso, minute

VERSION = 1
"""Raised when a key goes or means something else; one that comes does not raise it."""

_DIGEST_SHOWN, _COMMIT, _COMMIT_SHOWN = 19, 40, 12
_KNOWN = ("deploy", "rollback", "resume", "run")


def short(release: str) -> str:
    """A release as people read it: of a commit's name the first letters."""
    is_commit = len(release) == _COMMIT and not set(release) - {*"0123456789abcdef"}
    return release[:_COMMIT_SHOWN] if is_commit else release


@dataclass(frozen=True, slots=True)
class Run:
    """Something that was done to an environment.

    `action` is deploy, rollback, resume, run (of a `command`), provision, or what somebody else did; `result` is
    deployed, rolled back, resumed, ended, done, failed or begun, and `why` tells of a failure. `release` is what serves
    afterwards, or was to, empty after a provision, which no history keeps; `of` is the release that was gone back to,
    where that has another name. `at` is Unix time, `seconds` what it took. `serves` is whether this run's release
    serves now, `kept` whether it can be gone back to. `id` is what the lock calls the run, where the place gives runs a
    name.

    >>> print(kkinfra.Run("3", "deploy", "deployed", at=1_764_032_523, seconds=12.34, image="shop:1", serves=True))
    * 3 2025-11-25 01:02 UTC deployed in 12.3 s  shop:1
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
    id: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/history.schema.json describes them."""
        return {
            "release": self.release, "action": self.action, "result": self.result, "at": iso(self.at),
            "seconds": None if self.seconds is None else round(self.seconds, 1), "image": self.image,
            "revision": self.revision, "who": self.who, "ci": self.ci, "why": self.why, "of": self.of,
            "command": self.command, "serves": self.serves, "kept": self.kept, "id": self.id,
        }  # fmt: skip

    def __str__(self) -> str:
        """On a line: `*` is what serves, `-` what cannot be gone back to."""
        mark = "*" if self.serves else " " if self.kept or self.command else "-"
        of = f" to {short(self.of)}" if self.of else ""
        action = "" if self.action in _KNOWN else f" {self.action}"
        took = f" in {self.seconds:.1f} s" if self.seconds is not None else ""
        name, _, digest = self.image.partition("@")
        command = f" `{self.command}`" if self.command else ""
        facts = (digest[:_DIGEST_SHOWN] or name, self.revision, self.who, self.ci)
        told = " ".join(each for each in facts if each)
        why = f": {self.why.splitlines()[0]}" if self.why else ""
        what = f"{self.result}{action}{command}{of}{took}"
        return f"{mark} {short(self.release)} {minute(self.at)} {what}  {told}{why}".rstrip()


def provision_run(began: float) -> Run:
    """A provision that ends now, by whoever asks; `began` is Unix time."""
    from kkinfra.system.deployer import who

    return Run("", "provision", "done", began, time.time() - began, **who(), serves=False, kept=False)


@dataclass(frozen=True, slots=True, repr=False)
class History:
    """The runs that are known, newest last; `notes` say what holds besides, as that a rollback stays.

    >>> [run.release for run in production.history().runs]
    ['1']
    """

    environment: str
    runs: tuple[Run, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """On a line."""
        return f"<History of {self.environment}: {len(self.runs)} runs>"

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/history.schema.json describes them."""
        runs = [each.as_json() for each in self.runs]
        return {"version": VERSION, "environment": self.environment, "runs": runs, "notes": list(self.notes)}
