"""Telling the deployer what a run does, line by line of its journal, until the run ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kkinfra.host import journal
from kkinfra.host.process import started

if TYPE_CHECKING:
    from kkinfra.host.call import Call
    from kkinfra.host.runs import Run

_POLL_SECONDS = 0.1
_START_SECONDS = 30
_ALIVE_SECONDS = 5


def follow(call: Call, run: Run, seen: int) -> dict[str, Any]:
    """Send all lines after the first `seen` ones; returns the last line, which says how it ended.

    Where the process is gone and never said that, the answer is that it was cut off.
    """
    began = beat = time.monotonic()
    while True:
        lines = journal.read(run.journal)
        for line in lines[seen:]:
            call.send({"journal": line})
            beat = time.monotonic()
            if line["kind"] == "end":
                return dict(line)
        seen = max(seen, len(lines))
        late = not lines and time.monotonic() - began > _START_SECONDS
        if late or (lines and not is_alive(run)):
            if len(journal.read(run.journal)) > seen:
                continue
            return {"kind": "cut off", "step": journal.last_step(lines), "started": bool(lines)}
        if time.monotonic() - beat > _ALIVE_SECONDS:
            call.send({"alive": True})
            beat = time.monotonic()
        time.sleep(_POLL_SECONDS)


def is_alive(run: Run) -> bool:
    """Whether the run's process lives, which its first line names."""
    begun = [line for line in journal.read(run.journal) if line["kind"] == "begun"]
    now = started(int(begun[-1]["pid"])) if begun else ""
    return bool(now) and now == begun[-1].get("started", now)
