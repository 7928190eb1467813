"""The verb `history` on a host: the runs that ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.console.output import emit_or_say
from kkinfra.targets.compose.client.host import connect_host
from kkinfra.values.moment import minute

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment


def run(options: argparse.Namespace, environment: Environment) -> int:
    """The runs that ended, newest last."""
    with connect_host(environment) as host:
        lines = host.call("history", {})
    told = [*map(_entry, lines)] or [f"{options.environment}: nothing was deployed yet"]
    emit_or_say(options, lines, *told)
    return 0


def _entry(line: dict[str, Any]) -> str:
    at = minute(line["at"])
    here = "*" if line["current"] else " " if line["there"] else "-"
    digest = line["image"].partition("@")[2][:19]
    why = f": {str(line['why']).splitlines()[0]}" if line["why"] else ""
    facts = " ".join(each for each in (digest, line["revision"], line["who"], line["ci"]) if each)
    return f"{here} {at} {line['what']} {line['release']} {line['result']} in {line['seconds']} s  {facts}{why}"
