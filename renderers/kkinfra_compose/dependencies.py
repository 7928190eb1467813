"""Which service waits for which.

What runs once a release is `required: false`: it is waited for where its profile is active, and a
plain `up` neither runs it again nor fails for want of it (Compose 2.20).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.stack import Job, Migration, Redis, StaticFiles, Webapp
from kkinfra.spec.wiring import waiting_for
from kkinfra_compose.mounts import owned_volumes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment

VOLUMES = "volumes"
"""The one-off that gives the volumes to their owners."""

_ONCE: dict[str, object] = {"condition": "service_completed_successfully", "required": False}
_HEALTHY: dict[str, object] = {"condition": "service_healthy"}


def depends_on(environment: Environment, name: str, mounted: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """The services that the part called `name` waits for, as a mapping to merge into its service.

    `mounted` are its volumes and files: the one-off that gives volumes to their owners is waited for only where one of
    them has an owner.
    """
    owned = {volume for volume, _, _ in owned_volumes(environment)}
    volumes = [VOLUMES] if any(each["source"] in owned for each in mounted) else []
    jobs = [job for job, part in environment.parts(Job) if name in part.before]
    found: dict[str, dict[str, object]] = dict.fromkeys((*volumes, *jobs), _ONCE)
    if any(name == app for app, _ in environment.app_parts()):
        found |= dict.fromkeys(_once(environment, name), _ONCE)
        found |= {redis: _HEALTHY for redis, _ in environment.parts(Redis) if not _is_before(environment, name, redis)}
    return {"depends_on": found} if found else {}


def _is_before(environment: Environment, name: str, later: str) -> bool:
    """Whether the job called `name` runs before a part; the migration waits for Redis, so for Redis' jobs, too."""
    waiting = waiting_for(environment, name)
    for_redis = isinstance(environment.stack[later], Migration) and any(
        redis in waiting for redis, _ in environment.parts(Redis)
    )
    return later in waiting or for_redis


def _once(environment: Environment, name: str) -> Iterable[str]:
    part = environment.stack[name]
    for migration, _ in environment.parts(Migration):
        if name != migration and not _is_before(environment, name, migration):
            yield migration
    if isinstance(part, Webapp):
        yield from (files for files, _ in environment.parts(StaticFiles))
