"""The verb `logs` on a host."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from kkinfra.console.output import paint
from kkinfra.targets.compose.client.host import connect_host

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment

_FOLLOW_SECONDS = 30
_COLOURS = ("green", "yellow", "bold", "red")


def run(options: argparse.Namespace, environment: Environment) -> int:
    """What the parts print, in the order of time; with --follow until Ctrl-C."""
    names: dict[str, str] = {}

    def hear(event: dict[str, Any]) -> None:
        if "line" in event:
            part = str(event["part"])
            colour = names.setdefault(part, _COLOURS[len(names) % len(_COLOURS)])
            print(f"{event['at'][:19]} {paint(part, colour, sys.stdout)} {event['line']}", flush=True)  # noqa: T201

    arguments = {"parts": options.parts, "tail": options.tail, "follow": options.follow}
    with connect_host(environment) as host:
        host.call("logs", arguments, seconds=_FOLLOW_SECONDS, heard=hear)
    return 0
