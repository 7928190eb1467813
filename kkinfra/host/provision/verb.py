"""The verb `provision` on the host: it tells what it would do, or does it where that is still what was agreed to."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

from kkinfra.host import lock
from kkinfra.host.errors import HostError
from kkinfra.host.provision import (
    clock,
    compose_plugin,
    deploy_user,
    directory,
    engine,
    logs,
    machine,
    packages,
    passwords,
    ssh_keys,
    sudo,
    swap,
    upgrades,
    wanted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kkinfra.host.call import Call
    from kkinfra.host.provision.item import Item
    from kkinfra.host.provision.machine import ProvisionedMachine
    from kkinfra.host.provision.wanted import WantedHost

FINDERS: tuple[Callable[[ProvisionedMachine, WantedHost], Item], ...] = (
    packages.find, swap.find, engine.find, logs.find, compose_plugin.find, deploy_user.find, sudo.find, ssh_keys.find,
    directory.find, upgrades.find, clock.find,
)  # fmt: skip
"""In the order in which things are done."""


def provision(call: Call) -> dict[str, Any]:
    """Tell what is there and what would be done; with `agreed` (what was told), do it, and tell what is there then."""
    os.umask(0o022)
    wishes, agreed = wanted.read(call.arguments, call.files), call.arguments.get("agreed")
    host = machine.recognise(call.tell)
    found = items(host, wishes)
    if agreed is not None:
        if [item.as_json() for item in found] != agreed:
            raise HostError("the host is not as it was when you were asked; look at it again", "changed")
        check(found)
        with lock.held(call.layout, {"who": call.arguments.get("who", "somebody"), "what": "provision"}):
            apply(found, call.tell)
        found = items(machine.recognise(call.tell), wishes)
        _refuse_unfinished(found)
    warnings = [warning for warning in (passwords.warning(host),) if warning]
    return {
        "distribution": host.distribution.name,
        "processor": platform.machine(),
        "items": [item.as_json() for item in found],
        "warnings": warnings,
    }


def items(host: ProvisionedMachine, wishes: WantedHost) -> list[Item]:
    """All that is looked at; raises HostError with everything that stands in the way."""
    found: list[Item] = []
    problems: list[str] = []
    for find in FINDERS:
        try:
            found.append(find(host, wishes))
        except HostError as error:
            problems.append(str(error))
    if problems:
        raise HostError("\n".join(dict.fromkeys([*problems, "nothing was changed"])))
    return found


def check(found: Sequence[Item]) -> None:
    """Prove that what is to do can be done; raises HostError, and then nothing was changed."""
    for item in found:
        if item.todo:
            item.check()


def apply(found: Sequence[Item], tell: Callable[[str], None]) -> None:
    """Do what is to do."""
    for item in found:
        if not item.todo:
            continue
        tell(f"{item.name}: {item.todo}")
        try:
            item.apply()
        except HostError as error:
            raise HostError(f"{item.name}: {error}\nwhat is done stays done; provision again to go on") from error


def _refuse_unfinished(found: Sequence[Item]) -> None:
    left = [f"{item.name}: {item.found}, still to do: {item.todo}" for item in found if item.todo]
    if left:
        raise HostError("\n".join(["not all of the host is as wanted", *left]))
