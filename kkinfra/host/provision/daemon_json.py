"""The engine's configuration: https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file ."""

from __future__ import annotations

import json
from typing import Any, cast

from kkinfra.host.errors import HostError

FILE = "/etc/docker/daemon.json"
LIVE = "live-restore"
"""Containers go on while the engine is restarted or upgraded; a reload is enough to have it."""
_DRIVER, _OPTIONS = "log-driver", "log-opts"


def parsed(text: str) -> dict[str, Any]:
    """What the file says, nothing where it is empty; raises HostError where the engine could not read it either."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise HostError(f"{FILE} is not JSON ({error}); repair it, or move it away") from None
    if not isinstance(found, dict) or not isinstance(cast("dict[str, Any]", found).get(_OPTIONS, {}), dict):
        raise HostError(f"{FILE} is no JSON object, or its log-opts are none; repair it, or move it away")
    return cast("dict[str, Any]", found)


def merged(found: dict[str, Any], max_size: str, max_files: int) -> dict[str, Any]:
    """What is there with the limits of logs, and containers that outlive the engine.

    Options of another log driver go with that driver.
    """
    kept: dict[str, Any] = found.get(_OPTIONS, {}) if found.get(_DRIVER, "json-file") == "json-file" else {}
    limits = {**kept, "max-size": max_size, "max-file": str(max_files)}
    return {**found, _DRIVER: "json-file", _OPTIONS: limits, LIVE: True}


def with_live_restore(found: dict[str, Any]) -> dict[str, Any]:
    """Only the part of it that a reload brings in."""
    return {**found, LIVE: True}


def needs_restart(found: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a reload does not bring in what is different."""
    return with_live_restore(found) != wanted


def written(value: dict[str, Any]) -> bytes:
    """The file's content."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def described(found: dict[str, Any]) -> str:
    """What the file says of logs, for people."""
    options = found.get(_OPTIONS, {})
    limits = f"{options['max-size']} x {options.get('max-file', 1)}" if "max-size" in options else "without limit"
    return f"{found.get(_DRIVER, 'json-file')}, {limits}{', live-restore' if found.get(LIVE) else ''}"


def flags(command_line: list[str]) -> list[str]:
    """The flags of a running engine that say what the file would say, which the engine refuses to be told twice."""
    names = ("--log-driver", "--log-opt", "--live-restore")
    return [word for word in command_line if word.partition("=")[0] in names]
