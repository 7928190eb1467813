"""The verb `status` on a host."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Any

from kkinfra.console.reporting import Report, tell
from kkinfra.system.exit_codes import DONE, FAILED
from kkinfra.targets.compose.client.host import connect_host
from kkinfra.targets.compose.plan.drift import COMPOSE, Deployed, drift
from kkinfra.targets.compose.plan.status_text import essence, status_lines

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host


def run(options: argparse.Namespace, environment: Environment) -> int:
    """One screen: what runs, since when, which digest, healthy or why not; exit code 1 where something is not."""
    with connect_host(environment) as host:
        return tell(options, lambda: _status(options, host))


def _status(options: argparse.Namespace, host: Host) -> Report:
    key = secrets.token_hex(16)
    facts = host.call("observe", {"texts": [COMPOSE], "fields": True, "key": key})
    drifted = [each.identity for each in drift(Deployed(facts, key, {}, {}))]
    lines, well = status_lines(options.environment, facts, time.time(), drifted)
    return Report(
        DONE if well else FAILED, tuple(lines), {**_without_details(facts), "drift": drifted, "well": well},
        essence(facts, drifted), problems=tuple(line for line in lines if line.startswith("!")),
    )  # fmt: skip


def _without_details(facts: dict[str, Any]) -> dict[str, Any]:
    """What the host said, but for what only a comparison reads."""
    release = {key: value for key, value in facts["release"].items() if key not in {"texts", "secrets", "edited"}}
    parts = release.get("containers", ())
    release["containers"] = [{key: each[key] for key in each if key not in {"runs", "files"}} for each in parts]
    return {**facts, "release": release}
