"""What runs of an environment, and whether it is well, in one form for every target."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from kkinfra.targets.certificate import is_late
from kkinfra.targets.protocol.lock import FREE, LockStatus
from kkinfra.values.moment import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.targets.protocol.history import Run

VERSION = 1
"""Raised when a key goes or means something else; one that comes does not raise it."""

State = Literal["ready", "starting", "progressing", "failed", "absent", "unwell", "not known"]

FINE = frozenset[State]({"ready", "starting", "not known"})
"""What nobody need look after."""


@dataclass(frozen=True, slots=True)
class PartStatus:
    """Something that runs, or that it runs on: `why` it is in its `state`, `since` when (RFC 3339).

    What is `starting` runs, and was not asked yet whether it is healthy, which is well; what is `progressing` is not as
    wanted yet.

    `digests` are those of the images that it runs, `restarts` how often it was started again; `used` are figures that
    are others each time, as memory.

    >>> kkinfra.PartStatus("web", "failed", "exited", restarts=3).state
    'failed'
    """

    name: str
    state: State
    why: str
    since: str = ""
    digests: tuple[str, ...] = ()
    restarts: int = 0
    used: str = ""


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """The certificate of `where`; `ends` in seconds since 1970, 0 where that is not known, and `problem` says why."""

    where: str
    ends: float = 0.0
    problem: str = ""
    is_bad: bool = False
    """Whether the problem is one of the environment, and not of whoever looks."""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"where": self.where, "ends": iso(self.ends) if self.ends else None, "problem": self.problem}


@dataclass(frozen=True, slots=True)
class DriftStatus:
    """What differs from what was deployed; `said` is another's own word, `problem` why it is not known."""

    objects: tuple[str, ...] = ()
    said: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Status:
    """Everything that the screen shows: `parts` of the environment, `room` that they run on, `problems` besides.

    `release` is the run whose release serves, `now` is Unix time; `details` are the target's own plain values.

    >>> status = production.status()
    >>> status.is_well, [(part.name, part.state) for part in status.parts]
    (True, [('web', 'ready')])
    """

    environment: str
    where: str
    release: Run | None
    parts: tuple[PartStatus, ...]
    room: tuple[PartStatus, ...] = ()
    certificate: CertificateStatus | None = None
    drift: DriftStatus = DriftStatus()
    lock: LockStatus = FREE
    problems: tuple[str, ...] = ()
    now: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    def __repr__(self) -> str:
        """On a line."""
        return f"<Status of {self.environment}: {'well' if self.is_well else 'not well'}, {len(self.parts)} parts>"

    @property
    def is_well(self) -> bool:
        """Whether every part is ready or starts, nothing else is unwell, and the certificate was renewed in time."""
        states = {each.state for each in (*self.parts, *self.room)}
        return not self.problems and states <= FINE and not self.has_bad_certificate

    @property
    def has_bad_certificate(self) -> bool:
        """Whether the certificate is missing, or was not renewed in time."""
        found = self.certificate
        return found is not None and (found.is_bad or (not found.problem and is_late(found.ends, self.now)))

    def as_json(self) -> dict[str, Any]:
        """Plain values; docs/status.schema.json describes them."""
        return {
            "version": VERSION, "environment": self.environment, "where": self.where, "well": self.is_well,
            "release": self.release.as_json() if self.release else None,
            "parts": [_plain(each) for each in self.parts], "room": [_plain(each) for each in self.room],
            "certificate": self.certificate.as_json() if self.certificate else None,
            "drift": {**asdict(self.drift), "objects": list(self.drift.objects)}, "lock": self.lock.as_json(),
            "problems": list(self.problems), "details": dict(self.details),
        }  # fmt: skip

    def essence(self) -> object:
        """What makes one look different from another, without figures that are others each time."""
        told = {name: each for name, each in self.as_json().items() if name != "details"}
        room = [(each.name, each.state) for each in self.room]
        parts = [_plain(replace(each, used="")) for each in self.parts]
        return {**told, "room": room, "parts": parts}


def _plain(part: PartStatus) -> dict[str, Any]:
    return {**asdict(part), "digests": list(part.digests)}
