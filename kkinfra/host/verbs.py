"""What the deployer can ask for, by name."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

from kkinfra.host import lock, program, releases, runs
from kkinfra.host.call import answer
from kkinfra.host.command.prepare import prepare
from kkinfra.host.command.told import WHAT
from kkinfra.host.database import database
from kkinfra.host.errors import HostError
from kkinfra.host.follow import follow
from kkinfra.host.local import previous
from kkinfra.host.logs import logs
from kkinfra.host.observe import observe
from kkinfra.host.plain import mapping
from kkinfra.host.process import check

if TYPE_CHECKING:
    from kkinfra.host.call import Call, Verb
    from kkinfra.host.runs import Run

_START_SECONDS = 30
_RELEASE_SECONDS = 90
_COMES_SECONDS = 5  # a release is on the disk by then
_POLL_SECONDS = 0.3


def deploy(call: Call) -> dict[str, Any]:
    """Put a release there, start the run that makes it serve, and follow it to its end."""
    for name in ("releases", "runs"):
        (call.layout.directory / name).mkdir(parents=True, exist_ok=True)
    manifest = releases.stage(call.layout, call.arguments["manifest"], call.files)
    request = {**call.arguments["request"], "release": manifest.id}
    try:
        run = runs.create(call.layout, call.arguments["run"], request, call.files.get("login", b""))
    except HostError:
        releases.discard(call.layout, manifest.id)
        raise
    return _start(call, run)


def rollback(call: Call) -> dict[str, Any]:
    """Start the run that goes back to a release, and follow it to its end."""
    release = call.arguments.get("release") or previous(call.layout)
    releases.load(call.layout, release)
    request = {**call.arguments["request"], "release": release}
    return _start(call, runs.create(call.layout, call.arguments["run"], request))


def resume(call: Call) -> dict[str, Any]:
    """Follow a run that goes on, from the line on that was not seen yet; one that is not begun soon never is."""
    name, until = call.arguments["run"], time.monotonic() + _COMES_SECONDS
    while not runs.is_there(call.layout, name):
        if time.monotonic() > until:
            runs.forbid(call.layout, name)
            raise HostError("the request did not reach the host whole, so nothing was begun; try again")
        time.sleep(_POLL_SECONDS)
    return follow(call, runs.load(call.layout, name), call.arguments["seen"])


def cancel(call: Call) -> dict[str, Any]:
    """Ask the run that holds the lock to stop; until its release serves, it goes back."""
    runs.forbid(call.layout, call.arguments["run"])
    holder = mapping(lock.status(call.layout).get("holder"))
    if holder.get("run") != call.arguments["run"]:
        return {"asked": False}
    os.kill(int(holder["pid"]), signal.SIGINT)
    return {"asked": True}


def release_lock(call: Call) -> dict[str, Any]:
    """End whoever holds the lock: asked first, so that it goes back, and killed where it does not."""
    status = lock.status(call.layout)
    if not status["held"]:
        return {**status, "released": False}
    holder = status["holder"]
    os.kill(int(holder["pid"]), signal.SIGINT)
    if not _is_free(call, _RELEASE_SECONDS):
        call.tell("it does not end by itself; killing it")
        os.kill(int(holder["pid"]), signal.SIGKILL)
    return {"released": _is_free(call, _START_SECONDS), "holder": holder}


def history(call: Call) -> list[dict[str, Any]]:
    """All runs that ended, oldest first, each with whether its release is still there; no command counts as one."""
    there = set(releases.names(call.layout))
    current = call.layout.current.resolve().name if call.layout.current.is_symlink() else ""
    lines = runs.history(call.layout)
    return [
        {
            **line, "there": line["release"] in there and line.get("what") != WHAT,
            "current": line["release"] == current and line.get("what") != WHAT,
        }
        for line in lines
    ]  # fmt: skip


def lock_status(call: Call) -> dict[str, Any]:
    """Whether the lock is held, and by whom."""
    return lock.status(call.layout)


def _is_free(call: Call, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while lock.status(call.layout)["held"]:
        if time.monotonic() > until:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _start(call: Call, run: Run) -> dict[str, Any]:
    """In a unit of its own, so that neither the end of the connection nor that of the session ends it."""
    if not os.path.isdir("/run/systemd/system"):  # noqa: PTH112 - sd_booted(3)
        raise HostError("this host was not started by systemd, which keeps runs and timers going")
    executable = program.install(call.layout, call.sources)
    check(
        [
            "systemd-run", "--quiet", "--collect", f"--unit={call.layout.namespace}-{run.name}",
            "--property=TimeoutStopSec=10", sys.executable, "-I", str(executable),
            "perform", str(call.layout.directory), call.layout.namespace, run.name,
        ],
        seconds=_START_SECONDS,
    )  # fmt: skip
    return follow(call, run, 0)


def provision(call: Call) -> dict[str, Any]:
    """Prepare the host, or tell what that would change."""
    from kkinfra.host.provision import verb

    return verb.provision(call)


def serve(call: Call) -> int:
    """Carry out one request."""
    verbs: dict[str, Verb] = {
        "observe": observe, "deploy": deploy, "rollback": rollback, "resume": resume, "cancel": cancel,
        "history": history, "logs": logs, "release_lock": release_lock, "provision": provision, "database": database,
        "lock": lock_status, "prepare_command": prepare,
    }  # fmt: skip
    return answer(call, verbs)
