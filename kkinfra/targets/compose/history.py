"""The verb `history` on a host: the runs that ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.targets.protocol.history import History, Run

if TYPE_CHECKING:
    from kkinfra.targets.compose.session import HostSession


def look(session: HostSession) -> History:
    """The runs that ended, newest last."""
    return History(str(session.environment.name), tuple(map(run_of, session.host.call("history", {}))))


def run_of(line: dict[str, Any]) -> Run:
    """A run as the host tells it, in a line of its history or at its end."""
    told = {name: str(line.get(name) or "") for name in ("image", "revision", "who", "ci", "why", "command")}
    release, what, result = (str(line[name]) for name in ("release", "what", "result"))
    serves, kept = bool(line.get("current")), bool(line.get("there", True))
    return Run(
        release, what, result, float(line["at"]), float(line["seconds"]), **told, serves=serves, kept=kept,
        id=str(line.get("run") or ""),
    )  # fmt: skip
