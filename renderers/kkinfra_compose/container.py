"""Any other service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose import health
from kkinfra_compose.dependencies import depends_on
from kkinfra_compose.secrets import reading
from kkinfra_compose.service import Service, labelled, service

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Container


def container_service(environment: Environment, name: str, container: Container) -> Service:
    """Without a path that answers while it is healthy, the image's own health check remains."""
    made: Service = {
        **service(environment, container, stop_grace=container.stop_grace),
        **({"command": list(container.command)} if container.command else {}),
        **reading(environment, name),
        **_health(environment, container),
        **depends_on(environment, name),
    }
    return labelled(environment, name, made)


def _health(environment: Environment, container: Container) -> Service:
    if not (container.ready and container.port):
        return {}
    product = container.image is None
    return {"healthcheck": health.over_port(environment, container.port, container.ready, product=product)}
