"""The container of a command: as Compose makes one of its part, but for what serves alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.host.command.leftovers import PATTERN
from kkinfra.host.command.request import MARK
from kkinfra.host.compose import ComposeProject
from kkinfra.host.errors import HostError
from kkinfra.host.plain import items, mapping

if TYPE_CHECKING:
    from kkinfra.host.command.request import HostCommand
    from kkinfra.host.engine import EngineContainer, HostEngine

NOT_FOUND, NOT_EXECUTABLE = 127, 126
"""What shells give where there is no such command, and where it cannot be executed."""
_ABSENT = ("executable file not found", "no such file or directory")
_REFUSED = ("permission denied", "is a directory", "exec format error")


def make(engine: HostEngine, command: HostCommand) -> EngineContainer:
    """Make it, without starting it; raises HostError.

    Compose makes one that ends at once, since nobody else knows all that it makes of a project; this one is as that.
    """
    name = f"{command.one_off}{PATTERN}"
    try:
        said = ComposeProject(command.layout, command.release).pattern(command.service, name)
        pattern = engine.container(name)
        if pattern is None:
            raise HostError(f"Compose makes no container of {command.service}: {said}")
        made = engine.send("/containers/create", _document(pattern.facts, command), name=command.one_off)
    finally:
        left = engine.container(name)
        if left is not None:
            engine.remove(left)
    _join(engine, str(made["Id"]), pattern.facts)
    found = engine.container(str(made["Id"]))
    if found is None:
        raise HostError(f"{command.one_off} was removed before it was started")
    return found


def _document(facts: dict[str, Any], command: HostCommand) -> dict[str, Any]:
    """A container as the pattern, of another command; its image's entrypoint is kept, as `docker run` keeps it.

    Nothing that it prints is logged: that is unmasked, and may be as large as a database.
    """
    made, host = mapping(facts["Config"]), mapping(facts["HostConfig"])
    return {
        **made,
        "Hostname": "",  # the pattern's own, or the host's
        "Cmd": list(command.argv), "Entrypoint": None, "Env": [*items(made.get("Env")), *variables(command)],
        "Labels": {**mapping(made.get("Labels")), **command.labels()}, "Healthcheck": {"Test": ["NONE"]},
        "ExposedPorts": {}, "Tty": bool(command.terminal), "OpenStdin": True, "StdinOnce": True,
        "AttachStdin": True, "AttachStdout": True, "AttachStderr": True,
        "HostConfig": {
            **host, "RestartPolicy": {"Name": "no"}, "PortBindings": {}, "PublishAllPorts": False,
            "LogConfig": {"Type": "none"}, "ConsoleSize": [command.rows, command.columns],
        },
    }  # fmt: skip


def variables(command: HostCommand) -> list[str]:
    """Those of the command itself: what names it, and which terminal it has."""
    return [f"{MARK}={command.name}", *([f"TERM={command.terminal}"] if command.terminal else [])]


def _join(engine: HostEngine, container: str, facts: dict[str, Any]) -> None:
    """Join the other networks of the pattern, under no name, so that nobody takes it for the part itself."""
    first = mapping(facts["HostConfig"]).get("NetworkMode")
    for name in mapping(mapping(facts.get("NetworkSettings")).get("Networks")):
        if name not in {first, "host", "none", "bridge"}:
            engine.send(f"/networks/{name}/connect", {"Container": container})


def code_of(said: str) -> int | None:
    """The exit code of a command that the engine cannot start, as shells give it; None where it is something else."""
    text = said.lower()
    if any(words in text for words in _ABSENT):
        return NOT_FOUND
    return NOT_EXECUTABLE if any(words in text for words in _REFUSED) else None
