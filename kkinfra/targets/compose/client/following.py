"""A run on the host, asked for and followed: through lost connections, and to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kkinfra.errors import ConnectionFailedError, HostError, InterruptedRunError
from kkinfra.host.plain import mapping
from kkinfra.system.deployer import new_run
from kkinfra.targets.compose.client.host import LostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kkinfra.targets.compose.client.host import Host

_RECONNECT_SECONDS = 90
_PAUSE_SECONDS = 2


@dataclass(slots=True)
class HeardRun:
    """A run as it is heard of: each step as it begins, notes, and warnings."""

    begin: Callable[[str], None]
    note: Callable[[str], None]
    warnings: list[str] = field(default_factory=list[str])
    steps: dict[str, float] = field(default_factory=dict[str, float])
    seen: int = 0
    step: str = ""

    def __call__(self, event: dict[str, Any]) -> None:
        """Hear an event of the host."""
        line = mapping(event.get("journal"))
        if not line:
            return
        self.seen += 1
        if line["kind"] == "begin":
            self.step = str(line["step"])
            self.begin(f"{self.step}: {line['text']}" if line.get("text") else self.step)
        elif line["kind"] == "done":
            self.steps[str(line["step"])] = float(line["seconds"])
        elif line["kind"] == "note":
            self.note(str(line["text"]))
        elif line["kind"] == "warning":
            self.warnings.append(str(line["text"]))
            self.note(f"warning: {line['text']}")

    def facts(self, host: Host, end: Mapping[str, Any]) -> dict[str, Any]:
        """What it took, for programs."""
        return {"run": end.get("run", ""), "steps": self.steps, "round_trips": host.trips}


@dataclass(frozen=True, slots=True)
class Asked:
    """A run as it is asked for: the verb with its arguments, and the files that go along."""

    verb: str
    arguments: Mapping[str, Any]
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes], repr=False)
    name: str = field(default_factory=new_run)


def follow(host: Host, asked: Asked, heard: HeardRun) -> dict[str, Any]:
    """Ask for a run, and follow it; returns the last line of its journal.

    Raises HostError where it failed, and says what serves; ConnectionFailedError where the host is lost for good, and
    goes on by itself; InterruptedRunError on Ctrl-C.
    """
    try:
        end = _followed(host, asked, heard)
    except KeyboardInterrupt:
        heard.begin("asking the host to stop (Ctrl-C again leaves it to itself)")
        end = _stopped(host, asked.name, heard)
    return _judged(end, asked.name)


def _followed(host: Host, asked: Asked, heard: HeardRun) -> dict[str, Any]:
    try:
        return dict(host.call(asked.verb, {**asked.arguments, "run": asked.name}, asked.files, heard=heard))
    except LostError as error:
        return _resumed(host, asked.name, heard, error)


def _resumed(host: Host, run: str, heard: HeardRun, lost: ConnectionFailedError) -> dict[str, Any]:
    """The connection is gone and the run is not: connect again, for a while."""
    until = time.monotonic() + _RECONNECT_SECONDS
    heard.begin(f"the connection was lost ({str(lost)[:80]}); connecting again")
    while time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
        host.connection.close()
        try:
            return dict(host.call("resume", {"run": run, "seen": heard.seen}, heard=heard))
        except ConnectionFailedError as error:
            lost = error
    where = f"in step {heard.step}" if heard.step else "before its first step"
    raise ConnectionFailedError(
        f"{lost}\nthe host was lost {where}, and finishes or undoes it by itself; "
        "see `kkinfra status ENV`, and deploy again to be sure"
    )


def _stopped(host: Host, run: str, heard: HeardRun) -> dict[str, Any]:
    try:
        host.call("cancel", {"run": run})
        return {**_resume(host, run, heard), "interrupted": True}
    except KeyboardInterrupt:
        raise InterruptedRunError("interrupted; the host goes on by itself: see `kkinfra status ENV`") from None


def _resume(host: Host, run: str, heard: HeardRun) -> dict[str, Any]:
    try:
        return dict(host.call("resume", {"run": run, "seen": heard.seen}, heard=heard))
    except LostError as error:
        return _resumed(host, run, heard, error)
    except HostError:
        return {"kind": "end", "ok": False, "error": "nothing was begun", "error_kind": "cancelled"}


def _judged(end: dict[str, Any], run: str) -> dict[str, Any]:
    if end["kind"] == "cut off":
        step = end.get("step") or "none"
        raise HostError(
            f"run {run} ended on the host without a word, in step {step} (killed, or the host restarted); "
            "the next deploy, rollback or boot finishes or undoes it"
        )
    if end.get("interrupted"):
        raise InterruptedRunError(f"interrupted: {end['error'] or 'the release serves; it was too late to go back'}")
    if not end["ok"]:
        raise HostError(str(end["error"]), str(end.get("error_kind", "failed")))
    return end
