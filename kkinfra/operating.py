"""The verbs that look at a host or keep it going: `status`, `history`, `logs`, `lock`."""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING, Any

from kkinfra.output import emit, minute, paint, say
from kkinfra.reporting import Report, tell
from kkinfra.targets.compose.drift import COMPOSE, Deployed, drift
from kkinfra.targets.compose.host import connect
from kkinfra.targets.compose.status_text import essence, status_lines

if TYPE_CHECKING:
    import argparse

    from kkinfra.environment import Environment
    from kkinfra.targets.compose.host import Host

_FOLLOW_SECONDS = 30
_RELEASE_SECONDS = 180
_COLOURS = ("green", "yellow", "bold", "red")
_UNWELL = 1


def tell_status(options: argparse.Namespace, environment: Environment) -> int:
    """One screen: what runs, since when, which digest, healthy or why not; exit code 1 where something is not."""
    with connect(environment) as host:
        return tell(options, lambda: _status(options, host))


def _status(options: argparse.Namespace, host: Host) -> Report:
    key = secrets.token_hex(16)
    facts = host.call("observe", {"texts": [COMPOSE], "fields": True, "key": key})
    drifted = [each.identity for each in drift(Deployed(facts, key, {}, {}))]
    lines, well = status_lines(options.environment, facts, time.time(), drifted)
    return Report(
        0 if well else _UNWELL, tuple(lines), {**_without_details(facts), "drift": drifted, "well": well},
        essence(facts, drifted), problems=tuple(line for line in lines if line.startswith("!")),
    )  # fmt: skip


def _without_details(facts: dict[str, Any]) -> dict[str, Any]:
    """What the host said, but for what only a comparison reads."""
    release = {key: value for key, value in facts["release"].items() if key not in {"texts", "secrets", "edited"}}
    parts = release.get("containers", ())
    release["containers"] = [{key: each[key] for key in each if key not in {"runs", "files"}} for each in parts]
    return {**facts, "release": release}


def tell_history(options: argparse.Namespace, environment: Environment) -> int:
    """The runs that ended, newest last."""
    with connect(environment) as host:
        lines = host.call("history", {})
    if options.format == "json":
        emit(lines)
        return 0
    if not lines:
        say(options, f"{options.environment}: nothing was deployed yet")
    for line in lines:
        say(options, _entry(line))
    return 0


def tell_logs(options: argparse.Namespace, environment: Environment) -> int:
    """What the parts print, in the order of time; with --follow until Ctrl-C."""
    names: dict[str, str] = {}

    def hear(event: dict[str, Any]) -> None:
        if "line" in event:
            part = str(event["part"])
            colour = names.setdefault(part, _COLOURS[len(names) % len(_COLOURS)])
            print(f"{event['at'][:19]} {paint(part, colour, sys.stdout)} {event['line']}", flush=True)  # noqa: T201

    arguments = {"parts": options.parts, "tail": options.tail, "follow": options.follow}
    with connect(environment) as host:
        host.call("logs", arguments, seconds=_FOLLOW_SECONDS, heard=hear)
    return 0


def lock(options: argparse.Namespace, environment: Environment) -> int:
    """Who holds the lock; or end whoever does."""
    from kkinfra.host.lock import describe

    with connect(environment) as host:
        status = host.call("lock", {})
        if options.action == "release" and status["held"]:
            say(options, f"ending {describe(status['holder'])}")
            status = host.call(
                "release_lock", {}, seconds=_RELEASE_SECONDS, heard=lambda event: say(options, event["text"])
            )
            say(options, "released" if status["released"] else "it is still held: see the processes on the host")
            return 0 if status["released"] else _UNWELL
    if options.format == "json":
        emit(status)
    elif status["held"]:
        say(options, f"{options.environment} is locked by {describe(status['holder'])}")
    elif "left_by" in status:
        say(options, f"{options.environment} is free; it was left without an end by {describe(status['left_by'])}")
    else:
        say(options, f"{options.environment} is free")
    return 0


def _entry(line: dict[str, Any]) -> str:
    at = minute(line["at"])
    here = "*" if line["current"] else " " if line["there"] else "-"
    digest = line["image"].partition("@")[2][:19]
    why = f": {str(line['why']).splitlines()[0]}" if line["why"] else ""
    facts = " ".join(each for each in (digest, line["revision"], line["who"], line["ci"]) if each)
    return f"{here} {at} {line['what']} {line['release']} {line['result']} in {line['seconds']} s  {facts}{why}"
