"""What an environment runs: the rows of the table that its stack fills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.names import Version
from kkinfra.spec.stack import (
    CeleryBeat,
    CeleryWorker,
    Container,
    Nginx,
    Postgresql,
    PostgresqlRds,
    Process,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra.views.comparison.row import Cell, Phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Component

_PROGRAMS = {"redis": "Redis", "postgresql": "PostgreSQL", "nginx": "Nginx"}


def database(environment: Environment) -> Cell:
    """Where the database runs."""
    found = environment.part(Postgresql)
    if not found:
        return (Phrase("none"),)
    return (Phrase("database.rds" if isinstance(found[1], PostgresqlRds) else "database.statefulset"),)


def purpose(environment: Environment) -> Cell:
    """What it is for, in the specification's words."""
    return (Phrase.plain(environment.purpose) if environment.purpose else Phrase("none"),)


def domain(environment: Environment) -> Cell:
    """Where it is reached."""
    return (Phrase.plain(environment.domain),)


def image(environment: Environment) -> Cell:
    """The product's image, and who chooses its tag."""
    updater = environment.delivery.updater
    if updater:
        chosen = {"strategy": updater.strategy, "tags": updater.tags}
        return (Phrase("image.updater", {"repository": environment.image.repository, **chosen}),)
    return (Phrase.plain(str(environment.image)),)


def processes(environment: Environment) -> Cell:
    """What runs, and how many of each where there is more than one."""
    named = (f"{name}{_count(part)}" for name, part in environment.parts(Process) if not isinstance(part, StaticFiles))
    return _listed(named)


def _count(part: Component | Process) -> str:
    autoscale = part.autoscale if isinstance(part, Webapp | CeleryWorker) else None
    if autoscale:
        return f" x{autoscale.min}-{autoscale.max}"
    replicas = part.replicas if isinstance(part, Webapp | CeleryWorker | Container) else 1
    return f" x{replicas}" if replicas > 1 else ""


def commands(environment: Environment) -> Cell:
    """What the product's processes run with: the application, workers and queues."""
    lines: list[Phrase] = []
    for name, part in environment.stack.items():
        if isinstance(part, Webapp):
            lines.append(Phrase("commands.webapp", {"name": name, "app": part.asgi, "workers": part.workers}))
        if isinstance(part, CeleryWorker):
            values = {"name": name, "queues": ", ".join(part.queues), "concurrency": part.concurrency}
            lines.append(Phrase("commands.worker", values))
    return tuple(lines) or (Phrase("none"),)


def versions(environment: Environment) -> Cell:
    """Versions of the programs that the specification names."""
    return _listed(_versions(environment))


def _versions(environment: Environment) -> Iterator[str]:
    for part in environment.stack.values():
        if isinstance(part, Webapp) and part.django:
            yield f"Django {part.django}"
        version = getattr(part, "version", None)
        if isinstance(version, Version):
            yield f"{_PROGRAMS[part.kind]} {version}"


def limits(environment: Environment) -> Cell:
    """Memory that each part may take, and what Redis keeps of it for data."""
    return _listed(f"{name} {_memory(part)}" for name, part in environment.parts(Process))


def _memory(part: Process) -> str:
    return f"{part.memory} (maxmemory {part.maxmemory})" if isinstance(part, Redis) else str(part.memory)


def health(environment: Environment) -> Cell:
    """How it is told that a part works."""
    lines = [line for name, part in environment.stack.items() for line in _health(name, part)]
    return tuple(lines) or (Phrase("none"),)


def _health(name: str, part: Component) -> Iterator[Phrase]:
    if isinstance(part, Webapp):
        yield Phrase.plain(f"{name}: {part.health.live}, {part.health.ready}")
    if isinstance(part, Container) and part.ready:
        yield Phrase.plain(f"{name}: {part.ready}")
    if isinstance(part, CeleryWorker):
        yield Phrase("health.worker", {"name": name})
    if isinstance(part, CeleryBeat):
        yield Phrase("health.beat", {"name": name})


def settings(environment: Environment) -> Cell:
    """Names of the product's settings."""
    return _listed(environment.settings)


def secrets(environment: Environment) -> Cell:
    """Names of the secrets, by the kind of source that they come from."""
    by_source: dict[str, list[str]] = {}
    for name, secret in environment.secrets.items():
        for kind in secret.sources():
            by_source.setdefault(kind, []).append(name)
    lines = (Phrase.plain(f"{kind}: {', '.join(names)}") for kind, names in by_source.items())
    return tuple(lines) or (Phrase("none"),)


def static(environment: Environment) -> Cell:
    """Where static files are served, and how long those of an earlier release stay."""
    found = environment.part(StaticFiles)
    if not found or not environment.part(Nginx):
        return (Phrase("none"),)
    return (Phrase("static.files", {"url": found[1].url, "keep": found[1].keep}),)


def _listed(names: Iterable[str]) -> Cell:
    text = ", ".join(names)
    return (Phrase.plain(text),) if text else (Phrase("none"),)
