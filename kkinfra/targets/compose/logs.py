"""The verb `logs` on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.targets.protocol.logs import LogLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from kkinfra.targets.compose.session import HostSession
    from kkinfra.targets.protocol.logs import LogRequest

_FOLLOW_SECONDS = 30


def read(session: HostSession, asked: LogRequest, hear: Callable[[LogLine], None]) -> None:
    """What the parts print, in the order of time; the host masks it."""

    def heard(event: dict[str, Any]) -> None:
        if "line" in event:
            hear(LogLine(str(event["part"]), str(event["line"]), str(event["at"])))

    arguments = {"parts": list(asked.parts), "tail": asked.tail, "follow": asked.follow}
    session.host.call("logs", arguments, seconds=_FOLLOW_SECONDS, heard=heard)
