"""Celery: workers, the scheduler, and Flower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec import wiring
from kkinfra_compose import health
from kkinfra_compose.dependencies import depends_on
from kkinfra_compose.secrets import reading
from kkinfra_compose.service import Service, labelled, service

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import AppService, CeleryBeat, CeleryWorker, Flower


def worker(environment: Environment, name: str, part: CeleryWorker) -> Service:
    """A worker: SIGTERM lets it finish the tasks that it has (warm shutdown)."""
    return labelled(
        environment, name, {**_service(environment, name, part), "healthcheck": health.of_celery(name, part)}
    )


def beat(environment: Environment, name: str, part: CeleryBeat) -> Service:
    """The scheduler, of which a fixed service name makes sure that there is one."""
    return labelled(
        environment, name, {**_service(environment, name, part), "healthcheck": health.of_celery(name, part)}
    )


def flower(environment: Environment, name: str, part: Flower) -> Service:
    """Flower, on loopback: `ssh -L` leads to it."""
    check = health.over_port(environment, part.port, f"{part.path.rstrip('/')}/healthcheck", product=part.image is None)
    return labelled(environment, name, {**_service(environment, name, part), "healthcheck": check})


def _service(environment: Environment, name: str, part: AppService) -> Service:
    return {
        **service(environment, part, stop_grace=part.stop_grace),
        "command": list(wiring.command(environment, name) or ()),
        **reading(environment, name),
        **depends_on(environment, name),
    }
