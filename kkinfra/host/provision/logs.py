"""Limits on the logs of every container, of this project or not, and an engine that may be restarted."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.host import files, process
from kkinfra.host.errors import HostError
from kkinfra.host.provision import daemon_json, engine, services
from kkinfra.host.provision.item import Item

if TYPE_CHECKING:
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

NAME = "logs of containers"
DUE = "/run/kkinfra-restart-docker"
"""There from before the file is written until the engine runs with it; gone after a boot, when it does."""
_CANDIDATE = "/run/kkinfra-daemon.json"
_SECONDS = 30
_RELOAD_SECONDS = 15


def find(machine: ProvisionedMachine, wanted: WantedHost) -> Item:
    """Compare the engine's configuration with what is wanted; raises HostError where it cannot be changed."""
    before = machine.read(daemon_json.FILE)
    found = daemon_json.parsed(before)
    after = daemon_json.merged(found, wanted.log_max_size, wanted.log_max_files)
    is_due = machine.path(DUE).exists()
    if after == found and not is_due:
        return Item(NAME, daemon_json.described(found))
    if flags := daemon_json.flags(_command_line(machine)):
        remedy = f"take that out (`systemctl cat {engine.UNIT}` says where), so that {daemon_json.FILE} can say it"
        raise HostError(f"the engine is started with {' '.join(flags)}; {remedy}")
    restart = is_due or daemon_json.needs_restart(found, after)
    how = "restart the engine, containers go on" if restart else "reload the engine"
    change = f"{daemon_json.described(after)} in {daemon_json.FILE}; " if after != found else ""
    settings = Settings(machine, before, after, restart)
    return Item(NAME, daemon_json.described(found), f"{change}{how}", settings.apply, settings.check)


def _command_line(machine: ProvisionedMachine) -> list[str]:
    if not machine.program("dockerd"):
        return []
    shown = process.run(["systemctl", "show", "--property=MainPID", "--value", engine.UNIT], seconds=_SECONDS)
    return machine.read(f"/proc/{shown.output.strip() or 0}/cmdline").split("\0")


@dataclass(frozen=True)
class Settings:
    """The engine's configuration as it was found, and as it will be."""

    machine: ProvisionedMachine
    before: str
    after: dict[str, Any]
    restart: bool

    def check(self) -> None:
        """Ask the engine that is there, before anything is changed."""
        if self.machine.program("dockerd"):
            self._validate()

    def apply(self) -> None:
        """Write it and bring it into force; where the engine does not take it, what was there comes back.

        live-restore comes first and alone, so that the restart after it stops no container.
        """
        self._validate()
        self.machine.path(daemon_json.FILE).parent.mkdir(parents=True, exist_ok=True)
        files.write(self.machine.path(DUE), b"")
        if not _is_live():
            self._bring("reload", daemon_json.with_live_restore(daemon_json.parsed(self.before)))
        self._bring("restart" if self.restart else "reload", self.after)
        self.machine.path(DUE).unlink()

    def _validate(self) -> None:
        """Ask the engine what it thinks of it, where it is one that can be asked (since 23.0)."""
        candidate = self.machine.path(_CANDIDATE)
        files.write(candidate, daemon_json.written(self.after), 0o600)
        try:
            done = process.run(["dockerd", "--validate", f"--config-file={candidate}"], seconds=_SECONDS)
        finally:
            candidate.unlink()
        if done.code and "unknown flag" not in done.said:
            raise HostError(f"the engine would not take the new {daemon_json.FILE}: {done.said}")

    def _bring(self, verb: str, value: dict[str, Any]) -> None:
        files.write(self.machine.path(daemon_json.FILE), daemon_json.written(value))
        try:
            services.change([verb], engine.UNIT)
            engine.wait()
            _wait_live()
        except HostError as error:
            self._take_back(verb)
            raise HostError(f"the new {daemon_json.FILE} does not work, so the old one is back: {error}") from error

    def _take_back(self, verb: str) -> None:
        file = self.machine.path(daemon_json.FILE)
        if self.before:
            files.write(file, self.before.encode())
        else:
            file.unlink()
        with suppress(HostError):  # the second look, or the next one, tells that it does not run
            services.change([verb], engine.UNIT)
        self.machine.path(DUE).unlink()


def _wait_live() -> None:
    until = time.monotonic() + _RELOAD_SECONDS
    while not _is_live():
        if time.monotonic() > until:
            raise HostError("live-restore does not come into force (it never does in swarm mode)")
        time.sleep(0.2)


def _is_live() -> bool:
    done = process.run(["docker", "info", "--format", "{{.LiveRestoreEnabled}}"], seconds=_SECONDS)
    return done.output.strip() == "true"
