"""The verb `lock` on a host: who holds it; the lock itself is taken there, by `kkinfra/host/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say, say
from kkinfra.host.lock import describe
from kkinfra.system.exit_codes import DONE, FAILED
from kkinfra.targets.compose.client.host import connect_host

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment

_RELEASE_SECONDS = 180


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Show who holds the lock, or end the run that does; returns the exit code."""
    with connect_host(environment) as host:
        status = host.call("lock", {})
        if options.action == "release" and status["held"]:
            say(options, f"ending {describe(status['holder'])}")
            status = host.call(
                "release_lock", {}, seconds=_RELEASE_SECONDS, heard=lambda event: say(options, event["text"])
            )
            told = "released" if status["released"] else "it is still held: see the processes on the host"
            emit_or_say(options, status, told)
            return DONE if status["released"] else FAILED
    told = f"{options.environment} is free"
    if status["held"]:
        told = f"{options.environment} is locked by {describe(status['holder'])}"
    elif "left_by" in status:
        told += f"; it was left without an end by {describe(status['left_by'])}"
    emit_or_say(options, status, told)
    return 0
