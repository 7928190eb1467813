"""What the containers print, part by part, with the time of each line."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kkinfra.host import releases
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import HostError
from kkinfra.host.masking import masking

if TYPE_CHECKING:
    from kkinfra.host.call import Call
    from kkinfra.host.engine import EngineContainer

_POLL_SECONDS = 1


def logs(call: Call) -> dict[str, Any]:
    """Send the last `tail` lines of each part that is named, all where none is, in the order of time.

    With `follow`, go on until nobody listens any more.
    """
    engine, wanted = HostEngine(), list(call.arguments.get("parts", ()))
    masked = masking(releases.secret_values(call.layout))
    seen: dict[str, str] = {}
    tail = int(call.arguments.get("tail", 100))
    while True:
        containers = _chosen(engine, call, wanted)
        lines = [line for each in containers for line in _new(engine, each, seen, tail)]
        for at, part, text in sorted(lines):
            if not call.send({"line": masked(text), "at": at, "part": part}):
                return {}
        if not call.arguments.get("follow"):
            return {}
        if not lines and not call.send({"alive": True}):
            return {}
        time.sleep(_POLL_SECONDS)


def _chosen(engine: HostEngine, call: Call, wanted: list[str]) -> list[EngineContainer]:
    found = [each for each in engine.containers(call.layout.namespace) if not each.is_one_off]
    parts = {each.labels.get("kkinfra.part", each.service) for each in found} | {each.service for each in found}
    unknown = [name for name in wanted if name not in parts]
    if unknown:
        raise HostError(f"nothing runs that is called {', '.join(unknown)}; there are: {', '.join(sorted(parts))}")
    return [each for each in found if not wanted or {each.service, each.labels.get("kkinfra.part", "")} & set(wanted)]


def _new(engine: HostEngine, container: EngineContainer, seen: dict[str, str], tail: int) -> list[tuple[str, str, str]]:
    """Time, service and text of the lines that were not sent yet."""
    after = seen.get(container.id, "")
    text = engine.logs(container, tail if not after else 1000, timestamps=True)
    lines = [(*_parted(line), container.service) for line in text.splitlines()]
    fresh = [(at, service, said) for at, said, service in lines if at > after]
    if fresh:
        seen[container.id] = max(at for at, _, _ in fresh)
    return fresh


def _parted(line: str) -> tuple[str, str]:
    at, _, said = line.partition(" ")
    return at, said
