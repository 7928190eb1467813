"""The verb `lock` on a host; the lock itself is taken there, by `kkinfra/host/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit, say
from kkinfra.host.lock import describe
from kkinfra.targets.compose.client.host import connect_host

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment

_RELEASE_SECONDS = 180
_STILL_HELD = 1


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Who holds the lock; or end whoever does."""
    with connect_host(environment) as host:
        status = host.call("lock", {})
        if options.action == "release" and status["held"]:
            say(options, f"ending {describe(status['holder'])}")
            status = host.call(
                "release_lock", {}, seconds=_RELEASE_SECONDS, heard=lambda event: say(options, event["text"])
            )
            say(options, "released" if status["released"] else "it is still held: see the processes on the host")
            return 0 if status["released"] else _STILL_HELD
    if options.format == "json":
        emit(status)
    elif status["held"]:
        say(options, f"{options.environment} is locked by {describe(status['holder'])}")
    elif "left_by" in status:
        say(options, f"{options.environment} is free; it was left without an end by {describe(status['left_by'])}")
    else:
        say(options, f"{options.environment} is free")
    return 0
