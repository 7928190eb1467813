"""The verb `rollback` on a host: a release that served before serves again, with its own files, secrets and images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.errors import HostError
from kkinfra.system.deployer import who
from kkinfra.targets.compose.client.following import Asked, HeardRun, follow
from kkinfra.targets.compose.history import run_of
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan

if TYPE_CHECKING:
    from kkinfra.targets.compose.session import HostSession

_LEFT = "the database was left as it is"


def plan(session: HostSession, wanted: str) -> Plan:
    """Which release would serve again: the one that is named, or the one before."""
    lines = session.host.call("history", {})
    release, current = _chosen(lines, wanted), _current(lines)
    about = next(line for line in reversed(lines) if line["release"] == release)
    revision = f", revision {about['revision']}" if about["revision"] else ""
    digest = about["image"].partition("@")[2][:19] or "image unknown"
    return Plan(
        str(session.environment.name), "rollback", f"back to {release} ({digest}{revision})", str(about["image"]),
        release=release, before=current, question=f"go back to {release}?", fingerprint=f"{current} to {release}",
        said=session.host.took, details={"round_trips": session.host.trips},
    )  # fmt: skip


def apply(session: HostSession, plan: Plan) -> Outcome:
    """Let it serve; what it reads is still on the host."""
    heard = HeardRun(session.telling, session.telling.note)
    options = session.options
    request = {**who(), "what": "rollback", "timeout": options.timeout, "wait": options.lock_wait}
    end = follow(session.host, Asked("rollback", {"release": plan.release, "request": request}), heard)
    return Outcome(run_of({**end, "current": True}), _LEFT, (), tuple(heard.warnings), heard.facts(session.host, end))


def _chosen(lines: list[dict[str, Any]], wanted: str) -> str:
    """The release to go back to; raises HostError where there is none."""
    current = _current(lines)
    served = [str(line["release"]) for line in lines if line["result"] in ("deployed", "rolled back") and line["there"]]
    known = list(dict.fromkeys(name for name in reversed(served) if name != current))
    if not wanted:
        if not known:
            raise HostError("there is no release on the host to go back to; `kkinfra history ENV` shows what was there")
        return known[0]
    found = [name for name in known if name.startswith(wanted) or name.endswith(f"-{wanted}")]
    if len(found) != 1:
        which = "several begin like it" if found else "it is not on the host any more, or serves"
        raise HostError(f"{wanted!r} is no release to go back to: {which}; there are: {', '.join(known) or 'none'}")
    return found[0]


def _current(lines: list[dict[str, Any]]) -> str:
    return next((str(line["release"]) for line in reversed(lines) if line["current"]), "")
