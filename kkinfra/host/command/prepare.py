"""A command is asked for: whether it can run, in which part, and what the deployer has to start for it."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from kkinfra.host import memory, program, releases, webapp
from kkinfra.host.command.leftovers import remove_leftovers
from kkinfra.host.command.request import HostCommand
from kkinfra.host.engine import HostEngine
from kkinfra.host.errors import HostError

if TYPE_CHECKING:
    from kkinfra.host.call import Call
    from kkinfra.host.manifest import Manifest, ReleaseService

_MB = 1_000_000
_INTERNAL = ("volumes", "certbot")


def prepare(call: Call) -> dict[str, Any]:
    """Check it, and write it down; `argv` of the answer runs it. Raises HostError, saying why it cannot be."""
    layout, asked, engine = call.layout, call.arguments, HostEngine()
    release = releases.current(layout)
    if release is None:
        raise HostError("no release serves on the host yet, in which a command could run; deploy one first")
    remove_leftovers(layout, engine)
    service = chosen(release, str(asked.get("part", "")), serving(engine, release))
    container = _running(call, engine, service) if asked.get("attach") else ""
    if not container:
        refuse_without_memory(service, memory.available() + memory.swap_free())
    rows, columns = asked.get("size") or (24, 80)
    command = HostCommand(
        layout, asked["run"], release.id, service.name, tuple(asked["argv"]), asked["who"], asked.get("ci", ""),
        container, asked.get("terminal", ""), rows, columns, time.time(),
    )  # fmt: skip
    executable = program.install(layout, call.sources)
    command.keep()
    runs = [sys.executable, "-I", str(executable), "command", str(layout.directory), layout.namespace, command.name]
    return {"argv": runs, "release": release.id, "service": service.name}


def serving(engine: HostEngine, release: Manifest) -> str:
    """The colour that serves, or the first where none does."""
    found = webapp.sockets(engine, release)
    return (found.serving() if found else "") or "blue"


def chosen(release: Manifest, part: str, colour: str) -> ReleaseService:
    """The service of a part; of the first that runs the product's image, where none is named. Raises HostError."""
    known = _parts(release, colour)
    if part:
        found = known.get(part) or next((each for each in known.values() if each.name == part), None)
        if found is None:
            raise HostError(f"release {release.id} has no part {part}; there are: {', '.join(sorted(known))}")
        return found
    products = [each for each in known.values() if each.image == release.image]
    if not products:
        names = ", ".join(sorted(known))
        raise HostError(f"no part runs the product's image; name one, as in `kkinfra run ENV PART`; there are: {names}")
    return products[0]


def refuse_without_memory(service: ReleaseService, free: int) -> None:
    """Raise HostError where a container of a part, at its limit, would push out what serves."""
    if free < service.memory:
        raise HostError(
            f"a container of {service.name} may take {service.memory / _MB:.0f} MB, and {free / _MB:.0f} MB are free "
            "on the host, swap included; nothing was started; add swap (platform.host.swap, then `kkinfra provision "
            "ENV --host`), name a part with a lower memory, or run it within what runs already, with --attach"
        )


def _parts(release: Manifest, colour: str) -> dict[str, ReleaseService]:
    """The services by part, those that run all the time first."""
    found: dict[str, ReleaseService] = {}
    if release.webapp is not None:
        found[release.webapp.blue.name[: -len("-blue")]] = release.webapp.of(colour)
    colours = (release.webapp.blue.name, release.webapp.green.name) if release.webapp else ()
    for service in (*release.services, *release.everything()):
        if service.name not in colours and service.kind not in _INTERNAL:
            found.setdefault(service.name, service)
    return found


def _running(call: Call, engine: HostEngine, service: ReleaseService) -> str:
    """The identifier of the container that runs a service; raises HostError."""
    name = f"{call.layout.namespace}-{service.name}-1"
    container = engine.container(name)
    if container is None or not container.is_running:
        raise HostError(
            f"{service.name} does not run, so that nothing can be attached to; without --attach, the command gets a "
            "container of its own"
        )
    return container.id
