"""Provisioning a host: it is made ready to be deployed to."""

from __future__ import annotations

import getpass
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import Change
from kkinfra.errors import ConnectionFailedError
from kkinfra.targets.compose.client.host import LostError, place_of
from kkinfra.targets.compose.plan.drift import HOST
from kkinfra.targets.protocol.history import provision_run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Check, Plan
from kkinfra.targets.provision_files import bring, compose_remedy
from kkinfra.values.display_width import display_width, padded

if TYPE_CHECKING:
    from kkinfra.console.telling import Telling
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.compose.provisioners import HostProvisionOptions
    from kkinfra.targets.protocol.wanted import Wanted
    from kkinfra.targets.provision_files import Brought

_MEGABYTE = 1_000_000
_LOOK_SECONDS = 480
_APPLY_SECONDS = 1800
"""How long the host may say nothing: a package manager says nothing for as long as it installs."""


@dataclass
class HostProvisioning:
    """A host, reached as somebody who may become root there."""

    wanted: Wanted
    options: HostProvisionOptions
    telling: Telling
    host: Host

    @cached_property
    def brought(self) -> Brought:
        """What the options bring along; raises DeployError."""
        return bring(self.options.key, self.options.compose)

    def plan(self) -> Plan:
        """What the host lacks: a check for each thing that was looked at, a change for each that is to do."""
        name, request = str(self.wanted.environment.name), self.request()
        looked = self.ask(request, {}, "looking at the host")
        due = [item for item in looked["items"] if item["todo"]]
        self.brought.refuse_other_processor(due, looked["processor"])
        return Plan(
            name, "provision", f"{place_of(self.wanted.environment)[1].host}, {looked['distribution']}",
            changes=tuple(Change(HOST, item["name"], "change", note=item["todo"]) for item in due),
            checks=tuple(Check(item["name"], item["found"]) for item in looked["items"]),
            warnings=tuple(looked["warnings"]),
            said=f"{_things(due)} to do; nothing was changed" if due else "the host is ready; nothing to do",
            question=f"{_things(due)} to do on the host, as root; go on?", is_done=not due, made=looked["items"],
        )  # fmt: skip

    def apply(self, plan: Plan) -> Outcome:
        """Bring it there, where the host is as it was looked at."""
        began = time.time()
        request = {**self.request(), "agreed": plan.made, "who": getpass.getuser()}
        items = self.ask(request, self.brought.files(plan.made), "bringing it there")["items"]
        width = max((display_width(item["name"]) for item in items), default=0)
        found = {str(item["name"]): str(item["found"]) for item in items}
        told = tuple(f"  {padded(name, width)}  {each}" for name, each in found.items())
        return Outcome(
            provision_run(began), f"the host is ready, {_things(plan.changes)} done", told, details={"found": found}
        )

    def discard(self, plan: Plan) -> None:
        """Nothing is left of looking."""

    def request(self) -> dict[str, Any]:
        """What the host should be, as the specification says it; see kkinfra.host.provision.wanted."""
        platform, delivery = place_of(self.wanted.environment)
        logs = self.wanted.environment.logs
        size = logs.max_size.bytes
        return {
            "user": delivery.user,
            "directory": platform.directory,
            "swap_bytes": platform.host.swap.bytes if platform.host.swap else None,
            "log_max_size": f"{size // _MEGABYTE}m" if size % _MEGABYTE == 0 else str(size),
            "log_max_files": logs.max_files,
            "keys": list(self.brought.keys),
            "compose_sha256": self.brought.digest,
            "compose_remedy": compose_remedy(),
        }

    def ask(self, request: dict[str, Any], files: dict[str, bytes], what: str) -> dict[str, Any]:
        """Ask the host, and tell each line of progress that it sends."""
        self.telling(what)

        def hear(event: dict[str, Any]) -> None:
            if "text" in event:
                self.telling(str(event["text"]))

        seconds = _APPLY_SECONDS if "agreed" in request else _LOOK_SECONDS
        try:
            return dict(self.host.call("provision", request, files, seconds=seconds, heard=hear))
        except LostError as error:
            raise ConnectionFailedError(f"{error}; the same command goes on from where it was cut off") from error


def _things(found: list[Any] | tuple[Any, ...]) -> str:
    return f"{len(found)} thing{'s' if len(found) > 1 else ''}"
