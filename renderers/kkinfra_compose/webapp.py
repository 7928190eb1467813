"""The webapp, in two colours: one serves, the other comes up beside it when there is a new release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec import wiring
from kkinfra_compose import health
from kkinfra_compose.mounts import SOCKETS, SOCKETS_DIRECTORY, volume
from kkinfra_compose.part import part_service
from kkinfra_compose.service import Service, labelled

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Webapp

COLOURS = ("blue", "green")
"""Each is a profile of its own, so that one of them can run without the other."""

# Uvicorn does not take over the socket that a killed process leaves behind.
_FRESH_SOCKET = 'rm -f "$0" && exec "$@"'


def socket(colour: str) -> str:
    """The Unix socket of a colour."""
    return f"{SOCKETS_DIRECTORY}/{colour}.sock"


def webapp_services(environment: Environment, name: str, webapp: Webapp) -> Iterable[tuple[str, Service]]:
    """Both colours, alike but for the colour; their content hash tells releases apart, not colours."""
    neutral = labelled(environment, name, _service(environment, name, webapp, "colour"))
    django = {"kkinfra.django": webapp.django} if webapp.django else {}
    for colour in COLOURS:
        labels = {**neutral["labels"], "kkinfra.colour": colour, **django}
        yield f"{name}-{colour}", {**_service(environment, name, webapp, colour), "labels": labels}


def _service(environment: Environment, name: str, webapp: Webapp, colour: str) -> Service:
    command = ["sh", "-c", _FRESH_SOCKET, socket(colour), *wiring.uvicorn(webapp), "--uds", socket(colour)]
    own: Service = {"profiles": [colour], "command": command}
    check = health.over_socket(environment, socket(colour), webapp.health.live, webapp.health.ready)
    volumes = [volume(SOCKETS, SOCKETS_DIRECTORY)]
    return part_service(environment, name, webapp, own, volumes=volumes, healthcheck=check)
