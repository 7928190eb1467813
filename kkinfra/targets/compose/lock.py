"""The verb `lock` on a host: who holds it; the lock itself is taken there, by `kkinfra/host/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.host.plain import mapping
from kkinfra.targets.protocol.lock import LockHolder, LockStatus

if TYPE_CHECKING:
    from kkinfra.targets.compose.session import HostSession

_RELEASE_SECONDS = 180


def look(session: HostSession) -> LockStatus:
    """Who holds it."""
    return status_of(session.host.call("lock", {}))


def release(session: HostSession) -> LockStatus:
    """End the run that holds it, which puts things right on the way out."""
    before = look(session)
    if not before.held:
        return before
    session.telling(f"ending {before.holder}")
    after = session.host.call(
        "release_lock", {}, seconds=_RELEASE_SECONDS, heard=lambda event: session.telling(event["text"])
    )
    return LockStatus(not after["released"], before.holder)


def status_of(said: dict[str, Any]) -> LockStatus:
    """A lock as the host tells of it; where nobody holds it, who left it without an end."""
    holder = mapping(said.get("holder") or said.get("left_by"))
    return LockStatus(bool(said["held"]), _holder(holder) if holder or said["held"] else None)


def _holder(said: dict[str, Any]) -> LockHolder:
    return LockHolder(
        str(said.get("who", "somebody")), str(said.get("what", "a run")), float(said.get("since", 0)),
        str(said.get("phase", "")), str(said.get("ci", "")), str(said.get("run", "")),
    )  # fmt: skip
