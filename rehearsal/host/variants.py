"""Releases of the product, good and bad: each a thin layer on top of its image."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import docker.errors

from kkinfra.spec.loading import load_spec
from rehearsal.errors import RehearsalError
from rehearsal.host import image
from rehearsal.tree import ENVIRONMENT, SPEC

if TYPE_CHECKING:
    from docker import DockerClient

    from rehearsal.host.registry import LocalRegistry

TAG = "kkinfra-test-variant"
SOURCES = Path(__file__).parent / "variant"
GOOD = ("a", "b", "c")
BEHAVIOURS = {
    **dict.fromkeys(GOOD, "good"),
    "unhealthy": "its readiness answers 503, and says why",
    "redirect": "its readiness answers 301",
    "crash": "its web processes exit at once, with a message",
    "oom": "its web processes take 400 MB each",
    "bad-worker": "its Celery workers exit at once, with a message; all else is well",
}
MIGRATIONS = {
    "migration-adds": 'migrations.AddField("notification", "note", models.CharField(max_length=20, null=True))',
    "migration-fails": "migrations.RunPython(fail)",
    "migration-hangs": "migrations.RunPython(hang)",
    # A worker that tells of incidents reads it; neither pages nor health do.
    "migration-unsafe": 'migrations.RemoveField("notification", "error")',
}
"""Releases that are good but for a migration of their own, which the product's own release does not know."""
NAMES = (*BEHAVIOURS, *MIGRATIONS)

_MIGRATION = '''"""A migration that the product's own release does not have."""

import time

from django.db import migrations, models


def fail(apps, schema_editor):
    raise RuntimeError("variant migration-fails: the flux capacitor does not fit")


def hang(apps, schema_editor):
    time.sleep(600)


class Migration(migrations.Migration):
    dependencies = [("monitor", "{previous}")]
    operations = [{operation}]
'''
_DOCKERFILE = """FROM {product}
# Celery imports its application from the working directory, and nothing from there afterwards.
ENV APP_RELEASE={name} VARIANT={name} PYTHONPATH=/app
COPY app /app
"""


def product() -> str:
    """The image that `kkinfra build production` makes."""
    return str(load_spec(SPEC).environments[ENVIRONMENT].image)


def build(engine: DockerClient, name: str) -> str:
    """The tag of a variant, made where it is not there yet; raises RehearsalError."""
    if name not in NAMES:
        raise RehearsalError(f"there is no variant {name}; there are: {', '.join(NAMES)}")
    made_from = product()
    try:
        below = engine.images.get(made_from)
    except docker.errors.ImageNotFound:
        raise RehearsalError(f"{made_from} is not there; `kkinfra build {ENVIRONMENT}` makes it") from None
    context = {f"app/variant/{path}": content for path, content in image.files(SOURCES).items()}
    if name in MIGRATIONS:
        migration = _MIGRATION.format(previous=_last_migration(), operation=MIGRATIONS[name])
        context[f"app/monitor/migrations/9000_{name.replace('-', '_')}.py"] = migration.encode()
    context["Dockerfile"] = _DOCKERFILE.format(product=made_from, name=name).encode()
    return image.ensure(engine, f"{TAG}:{name}", context, made_on=str(below.id))


def _last_migration() -> str:
    found = sorted(path.stem for path in Path("app/monitor/migrations").glob("[0-9]*.py"))
    if not found:
        raise RehearsalError("app/monitor/migrations has no migrations; run this in the repository's root")
    return found[-1]


@dataclass(frozen=True)
class Releases:
    """Variants in a registry, each made and pushed when it is first asked for."""

    engine: DockerClient
    registry: LocalRegistry
    pushed: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """The reference of a variant, by digest; raises RehearsalError."""
        if name not in self.pushed:
            self.pushed[name] = self.registry.push(build(self.engine, name), name)
        return self.pushed[name]

    def remove(self) -> None:
        """Remove the variants' own images."""
        for name in self.pushed:
            with suppress(docker.errors.ImageNotFound):
                self.engine.images.remove(f"{TAG}:{name}", force=True)
