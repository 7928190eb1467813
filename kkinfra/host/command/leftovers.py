"""What commands left whose process was killed, or that a reboot ended: found by its marks, and removed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.host.command import request
from kkinfra.host.command.told import tell_end

if TYPE_CHECKING:
    from kkinfra.host.engine import HostEngine
    from kkinfra.host.layout import Layout

_BEGINS_SECONDS = 120
_POLL_SECONDS = 0.2
PATTERN = "-pattern"
"""What the name of a container ends with that shows what Compose makes of a part."""


def remove_leftovers(layout: Layout, engine: HostEngine) -> list[str]:
    """Remove them; returns the names of the commands. Those that run still are left alone."""
    known = {each.name: each for each in request.known(layout)}
    tended = {name for name, each in known.items() if request.is_tended(each.runner)}
    prefix, gone = f"{layout.namespace}-run-", set[str]()
    for container in engine.containers(layout.namespace):
        labels = container.labels
        name = labels.get(request.NAME, "")
        if name and not request.is_tended(labels.get(request.RUNNER, "")):
            engine.remove(container)
            if name not in known:  # it was not only killed: the host was restarted
                tell_end(layout, request.from_labels(layout, labels), "failed", "the host restarted meanwhile")
                gone.add(name)
        elif not name and _shown_for(container.name, prefix) not in {"", *tended}:
            engine.remove(container)
    for name, command in known.items():
        if command.runner and name not in tended:
            end_processes(name, 0)
            tell_end(layout, command, "failed", "the process that tended it on the host was killed")
            command.forget()
            gone.add(name)
        elif not command.runner and time.time() - command.asked > _BEGINS_SECONDS:
            command.forget()  # nobody came to run it
    return sorted(gone)


def end_processes(name: str, grace: float) -> None:
    """End all processes that a command started, wherever they are; kill those that do not within some seconds."""
    until = time.monotonic() + grace
    _signal(name, signal.SIGTERM if grace else signal.SIGKILL)
    while grace and _marked(name):
        if time.monotonic() > until:
            _signal(name, signal.SIGKILL)
            return
        time.sleep(_POLL_SECONDS)


def _shown_for(container: str, prefix: str) -> str:
    """The command that a container is the pattern for, or nothing."""
    is_pattern = container.startswith(prefix) and container.endswith(PATTERN)
    return container[len(prefix) : -len(PATTERN)] if is_pattern else ""


def _signal(name: str, number: signal.Signals) -> None:
    for pid in _marked(name):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _marked(name: str) -> list[int]:
    """The processes of this host that have a command's mark among their variables."""
    mark = f"{request.MARK}={name}".encode()
    found: list[int] = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                found.append(int(path.parent.name))
    return found
