"""What runs in a cluster, on one screen. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.console.output import paint
from kkinfra.targets.certificate import end_text, is_late
from kkinfra.targets.kubernetes.health.running import Running
from kkinfra.values.moment import minute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from kkinfra.targets.kubernetes.plan.history import KeptRelease

_COLOURS = {"ready": "green", "progressing": "yellow", "not known": "dim"}


@dataclass(frozen=True, slots=True)
class Part:
    """Something that a deploy waits for: `state` is ready, progressing, failed or absent."""

    name: str
    state: str
    why: str
    running: Running = field(default_factory=Running)

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"object": self.name, "state": self.state, "why": self.why, **asdict(self.running)}


@dataclass(frozen=True, slots=True)
class CertificateStatus:
    """`ends` in seconds since 1970; 0 where it is not known, and `problem` says why."""

    where: str
    ends: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DriftStatus:
    """The objects that differ from what was deployed; `said` is Argo CD's own word."""

    objects: tuple[str, ...] = ()
    said: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that the screen shows; `room` are nodes and disks, `now` in seconds since 1970."""

    environment: str
    where: str
    release: KeptRelease | None
    locked_by: str
    parts: tuple[Part, ...]
    room: tuple[dict[str, str], ...]
    drift: DriftStatus
    certificate: CertificateStatus | None
    now: float

    @property
    def is_well(self) -> bool:
        """Whether every part is ready, nothing around them is unwell, and the certificate was renewed in time."""
        found = self.certificate
        states = {each.state for each in self.parts} | {each["state"] for each in self.room}
        is_unrenewed = found is not None and not found.problem and is_late(found.ends, self.now)
        return not is_unrenewed and not states - {"ready", "not known"}

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "release": self.release.facts() if self.release else None, "locked_by": self.locked_by,
            "parts": [each.as_json() for each in self.parts], "room": list(self.room), "well": self.is_well,
            "drift": asdict(self.drift), "certificate": asdict(self.certificate) if self.certificate else None,
        }  # fmt: skip

    def essence(self) -> dict[str, Any]:
        """What makes one look different from another: not how full volumes are."""
        room = [(each["object"], each["state"]) for each in self.room]
        return {**self.as_json(), "room": room}


def status_lines(status: Status, stream: TextIO) -> Iterator[str]:
    """The screen."""
    yield f"{status.environment}: {status.where}; {_serves(status.release)}"
    for each in status.parts:
        runs = f" ({each.running})" if str(each.running) else ""
        yield f"  {_painted(each.state, stream)} {each.name}: {each.why}{runs}"
    for line in status.room:
        yield f"  {_painted(line['state'], stream)} {line['object']}: {line['why']}"
    if status.certificate is not None:
        yield _certificate(status.certificate, stream, status.now)
    yield _drift(status)
    if status.locked_by:
        yield f"  locked by {status.locked_by}"


def _serves(release: KeptRelease | None) -> str:
    if release is None:
        return "nothing was deployed yet"
    facts = " ".join(each for each in (release.revision, release.who) if each)
    by = f" ({facts})" if facts else ""
    return f"release {release.number}, {release.image}, {release.result} {minute(release.at)}{by}"


def _certificate(found: CertificateStatus, stream: TextIO, now: float) -> str:
    if found.problem:
        return f"  certificate of {found.where}: {found.problem}"
    text = end_text(f"certificate of {found.where}", minute(found.ends), found.ends, now)
    return paint(f"  ! {text}", "red", stream) if is_late(found.ends, now) else f"  {text}"


def _drift(status: Status) -> str:
    found = status.drift
    if found.problem:
        return f"  drift: not known: {found.problem}"
    where = f"; `kkinfra diff {status.environment}` shows it" if found.objects else ""
    said = f" ({found.said})" if found.said else ""
    return f"  drift: {', '.join(found.objects) or 'none'}{where}{said}"


def _painted(state: str, stream: TextIO) -> str:
    return paint(state, _COLOURS.get(state, "red"), stream)
