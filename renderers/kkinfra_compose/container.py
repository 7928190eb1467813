"""Any other service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose import health
from kkinfra_compose.part import part_service
from kkinfra_compose.service import Service, labelled

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Container


def container_service(environment: Environment, name: str, container: Container) -> Service:
    """Without a path that answers while it is healthy, the image's own health check remains."""
    own: Service = {"command": list(container.command)} if container.command else {}
    check = None
    if container.ready and container.port:
        check = health.over_port(environment, container.port, container.ready, product=container.image is None)
    return labelled(environment, name, part_service(environment, name, container, own, healthcheck=check))
