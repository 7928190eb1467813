"""The Compose project: all services, volumes and secrets of an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.platforms import Certbot
from kkinfra.spec.stack import (
    CeleryBeat,
    CeleryWorker,
    Container,
    Cron,
    Flower,
    Job,
    Migration,
    Nginx,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra_compose import jobs
from kkinfra_compose.celery import celery_service
from kkinfra_compose.certbot import CERTBOT, certbot_service
from kkinfra_compose.container import container_service
from kkinfra_compose.dependencies import VOLUMES
from kkinfra_compose.host import extension
from kkinfra_compose.interpolation import escaped
from kkinfra_compose.mounts import all_volumes, owned_volumes
from kkinfra_compose.nginx import nginx_service
from kkinfra_compose.redis import redis_service
from kkinfra_compose.secrets import DIRECTORY
from kkinfra_compose.static_files import static_files_service
from kkinfra_compose.volumes import volumes_service
from kkinfra_compose.webapp import webapp_services
from kkinfra_nginx.configuration import identity, stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kkinfra.spec.environment import Environment
    from kkinfra_compose.service import Service

_SERVICES: dict[type, Callable[[Environment, str, Any], Service]] = {
    CeleryWorker: celery_service,
    CeleryBeat: celery_service,
    Flower: celery_service,
    Redis: redis_service,
    StaticFiles: static_files_service,
    Migration: jobs.once_a_release,
    Job: jobs.once_a_release,
    Cron: jobs.at_set_times,
    Container: container_service,
}


def project(environment: Environment) -> dict[str, Any]:
    """The document, ready to be written."""
    identities = {stage: identity(environment, stage) for stage in stages(environment)}
    document: dict[str, Any] = {
        "name": environment.namespace,
        "services": dict(_services(environment, identities)),
        "volumes": {name: {} for name in all_volumes(environment)},
        "secrets": {name: {"file": f"{DIRECTORY}/{name}"} for name in environment.mounted_secrets()},
        "x-kkinfra": extension(environment, identities),
    }
    return {key: escaped(value) for key, value in document.items() if value or key == "services"}


def _services(environment: Environment, identities: Mapping[str, str]) -> Iterable[tuple[str, Service]]:
    for name, part in environment.stack.items():
        if isinstance(part, Webapp):
            yield from webapp_services(environment, name, part)
        elif isinstance(part, Nginx):
            yield name, nginx_service(environment, name, part, tuple(identities.values()))
        elif type(part) in _SERVICES:
            yield name, _SERVICES[type(part)](environment, name, part)
    if owned_volumes(environment):
        yield VOLUMES, volumes_service(environment)
    if isinstance(environment.tls, Certbot):
        yield CERTBOT, certbot_service(environment, environment.tls)
