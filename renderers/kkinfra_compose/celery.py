"""Celery: workers, the scheduler, and Flower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec import wiring
from kkinfra.spec.stack import CeleryBeat, CeleryWorker, Flower
from kkinfra_compose import health
from kkinfra_compose.part import part_service
from kkinfra_compose.service import Service, labelled

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def celery_service(environment: Environment, name: str, part: CeleryWorker | CeleryBeat | Flower) -> Service:
    """SIGTERM lets a worker finish the tasks that it has (warm shutdown); Flower is on loopback: `ssh -L` leads to it.

    A fixed service name makes sure that there is one scheduler.
    """
    made = part_service(environment, name, part, {"command": list(wiring.command(environment, name) or ())})
    return labelled(environment, name, {**made, "healthcheck": _healthcheck(environment, name, part)})


def _healthcheck(environment: Environment, name: str, part: CeleryWorker | CeleryBeat | Flower) -> Service:
    if not isinstance(part, Flower):
        return health.of_celery(name, part)
    return health.over_port(environment, part.port, f"{part.path.rstrip('/')}/healthcheck", product=part.image is None)
