"""Which service waits for which.

What runs once a release is `required: false`: it is waited for where its profile is active, and a
plain `up` neither runs it again nor fails for want of it (Compose 2.20).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.errors import RendererError
from kkinfra.stack import Cron, Job, Migration, PostgresqlRds, Redis, StaticFiles, Webapp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.environment import Environment

VOLUMES = "volumes"
"""The one-off that gives the volumes to their owners."""

_ONCE: dict[str, object] = {"condition": "service_completed_successfully", "required": False}
_HEALTHY: dict[str, object] = {"condition": "service_healthy"}


def depends_on(environment: Environment, name: str, *, volumes: bool = False) -> dict[str, Any]:
    """The services that the part called `name` waits for, as a mapping to merge into its service."""
    jobs = [job for job, part in environment.parts(Job) if name in _later(part, job, environment)]
    found: dict[str, dict[str, object]] = dict.fromkeys((*([VOLUMES] if volumes else []), *jobs), _ONCE)
    if any(name == app for app, _ in environment.app_parts()):
        found |= dict.fromkeys(_once(environment, name), _ONCE)
        found |= {redis: _HEALTHY for redis, _ in environment.parts(Redis) if not _precedes(environment, name, redis)}
    return {"depends_on": found} if found else {}


def _once(environment: Environment, name: str) -> Iterable[str]:
    part = environment.stack[name]
    for migration, _ in environment.parts(Migration):
        if name != migration and not _precedes(environment, name, migration):
            yield migration
    if isinstance(part, Webapp):
        yield from (files for files, _ in environment.parts(StaticFiles))


def _precedes(environment: Environment, name: str, other: str) -> bool:
    """Whether `name` is a job that `other` waits for, directly or through further jobs."""
    waiting = [name]
    seen: set[str] = set()
    while waiting:
        current = waiting.pop()
        part = environment.stack.get(current)
        if isinstance(part, Job) and current not in seen:
            seen.add(current)
            waiting += part.before
    return other in {later for job in seen for later in _before(environment, job)}


def _before(environment: Environment, job: str) -> tuple[str, ...]:
    part = environment.stack[job]
    return part.before if isinstance(part, Job) else ()


def _later(job: Job, name: str, environment: Environment) -> tuple[str, ...]:
    for later in job.before:
        if isinstance(environment.stack.get(later), PostgresqlRds | Cron):
            raise RendererError(f"stack.{name}.before: {later!r} is not started by a release; name another part")
    return job.before
