"""What runs, on one screen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import paint
from kkinfra.targets.certificate import end_text, is_late
from kkinfra.targets.protocol.status import FINE
from kkinfra.values.moment import minute

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from kkinfra.targets.protocol.history import Run
    from kkinfra.targets.protocol.status import CertificateStatus, PartStatus, Status

_COLOURS = {"ready": "green", "starting": "yellow", "progressing": "yellow", "not known": "dim"}
_SHOWN, _MINUTES = 19, 16


def status_lines(status: Status, stream: TextIO) -> Iterator[str]:
    """The screen: what serves, each part, what it runs on, and what is wrong besides."""
    yield f"{status.environment}: {status.where}; {_serves(status.release)}"
    for each in (*status.parts, *status.room):
        runs = f" ({told})" if (told := _runs(each)) else ""
        yield f"  {paint(each.state, _COLOURS.get(each.state, 'red'), stream)} {each.name}: {each.why}{runs}"
    if status.certificate is not None:
        text, is_bad = _certificate(status.certificate, status.now)
        yield paint(f"  ! {text}", "red", stream) if is_bad else f"  {text}"
    yield _drift(status)
    if status.lock.held:
        yield f"  locked by {status.lock.holder}"
    yield from (paint(f"  ! {each}", "red", stream) for each in status.problems)


def problem_lines(status: Status) -> Iterator[str]:
    """What is not well, as --quiet tells it."""
    yield from status.problems
    yield from (f"{each.name}: {each.why}" for each in (*status.parts, *status.room) if each.state not in FINE)
    if status.certificate is not None:
        text, is_bad = _certificate(status.certificate, status.now)
        yield from [text] if is_bad else []


def _serves(release: Run | None) -> str:
    if release is None:
        return "nothing was deployed yet"
    facts = " ".join(each for each in (release.revision, release.who) if each)
    by = f" ({facts})" if facts else ""
    when = f" {minute(release.at)}" if release.at else ""
    return f"release {release.release}, {release.image}, {release.result}{when}{by}"


def _runs(part: PartStatus) -> str:
    """What it uses, since when, which images, and how often it was started again."""
    told = [part.used] if part.used else []
    told += [f"since {part.since[:_MINUTES]}"] if part.since else []
    told += [each[:_SHOWN] for each in part.digests]
    told += [f"started again {part.restarts} times"] if part.restarts else []
    return ", ".join(told)


def _certificate(found: CertificateStatus, now: float) -> tuple[str, bool]:
    """A certificate in words, and whether that is bad."""
    if found.problem:
        return f"certificate of {found.where}: {found.problem}", found.is_bad
    return end_text(f"certificate of {found.where}", minute(found.ends), found.ends, now), is_late(found.ends, now)


def _drift(status: Status) -> str:
    found = status.drift
    if found.problem:
        return f"  drift: not known: {found.problem}"
    where = f"; `kkinfra diff {status.environment}` shows it" if found.objects else ""
    said = f" ({found.said})" if found.said else ""
    return f"  drift: {', '.join(found.objects) or 'none'}{where}{said}"
