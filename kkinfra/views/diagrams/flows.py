"""Who talks to whom inside a stack, from the variables and the routes that the renderers write, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kkinfra.spec.stack import CeleryBeat, Container, Flower, Migration, Nginx, Postgresql, Redis, StaticFiles, Webapp
from kkinfra.spec.wiring import STATIC_FILES_PORT, variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.environment import Environment


class Flow(NamedTuple):
    """From one part to another, and the protocol with its port."""

    source: str
    target: str
    protocol: str


class Route(NamedTuple):
    """What a proxy hands on: the path, the part that answers, and the protocol with its port."""

    path: str
    part: str
    protocol: str


_BROKER_ONLY = (CeleryBeat, Flower)
"""What turns to the broker alone, though it is told of the cache and the database as the whole product is."""


def data_flows(environment: Environment) -> Iterator[Flow]:
    """To Redis and PostgreSQL, from whoever is told where they are and has a use for them."""
    for name, part in environment.app_parts():
        told = variables(environment, name)
        for other, redis in environment.parts(Redis):
            if _uses_redis(part, told):
                yield Flow(name, other, f"Redis :{int(redis.port)}")
        for other, database in environment.parts(Postgresql):
            if "DATABASE_HOST" in told and not isinstance(part, _BROKER_ONLY):
                tls = ", TLS" if told["DATABASE_SSLMODE"] == "require" else ""
                yield Flow(name, other, f"SQL :{int(database.port)}{tls}")


def _uses_redis(part: object, told: dict[str, str]) -> bool:
    if isinstance(part, Migration):
        return False
    return "CELERY_BROKER_URL" in told or ("CACHE_URL" in told and not isinstance(part, _BROKER_ONLY))


def routes(environment: Environment) -> Iterator[Route]:
    """What the ingress of a cluster, or the Nginx of a host, hands on; longer paths first, as they are matched."""
    yield from sorted(_routes(environment), key=lambda route: (-len(route.path), route.path))


def _routes(environment: Environment) -> Iterator[Route]:
    platform = environment.platform
    for name, webapp in environment.parts(Webapp):
        yield Route("/", name, "HTTP, Unix socket" if platform.has_colours else f"HTTP :{int(webapp.port)}")
    for name, container in environment.parts(Container):
        if container.route and container.port:
            yield Route(container.route, name, f"HTTP :{int(container.port)}")
    for name, flower in environment.parts(Flower):
        if flower.expose:
            yield Route(flower.path, name, f"HTTP :{int(flower.port)}")
    for static, nginx in serving_static(environment):
        yield Route(static.url, nginx, "" if platform.nginx_is_entrance else f"HTTP :{STATIC_FILES_PORT}")


def serving_static(environment: Environment) -> Iterator[tuple[StaticFiles, str]]:
    """Static files, and the name of the Nginx that serves them."""
    for _, static in environment.parts(StaticFiles):
        for name, _ in environment.parts(Nginx):
            yield static, name
