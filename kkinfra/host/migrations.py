"""The migrations of a release, named before they run: what the release that serves could not live with needs a word."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from kkinfra.host.compose import ComposeProject
from kkinfra.host.errors import HostError
from kkinfra.host.plain import mapping

if TYPE_CHECKING:
    from kkinfra.host.manifest import Manifest, ReleaseService
    from kkinfra.host.services import Services

_SECONDS = 120
_SCRIPT = "kkinfra.host.django_migrations"


def planned(services: Services, manifest: Manifest, migration: ReleaseService) -> list[dict[str, Any]]:
    """The migrations that would run, as Django plans them; raises HostError where Django does not tell."""
    services.remove_once(migration.name)
    done = ComposeProject(services.layout, manifest.id).run(migration.name, "python", "-c", script(), seconds=_SECONDS)
    found = _last_json(done.output)
    if found is None or "error" in found:
        why = (found or {}).get("error") or done.said
        raise HostError(f"Django does not tell which migrations would run: {why}")
    return list(found["migrations"])


def unsafe(migrations: list[dict[str, Any]]) -> list[str]:
    """One line for each operation that the release that serves may not live with."""
    return [
        f"{migration['app']}.{migration['name']}: {operation['what']} ({operation['verdict']}): {operation['why']}"
        for migration in migrations
        for operation in migration["operations"]
        if operation["verdict"] != "safe"
    ]


def script() -> str:
    """The text of the program that runs in the product's container."""
    spec = find_spec(_SCRIPT)
    read = getattr(spec.loader, "get_source", None) if spec else None  # of a directory, a zip file, or a request
    source: str | None = read(_SCRIPT) if read else None
    if source is None:
        raise HostError("this copy of kkinfra has no program for migrations; deploy again")
    return source


def _last_json(output: str) -> dict[str, Any] | None:
    for line in reversed(output.strip().splitlines()):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return mapping(found)
    return None
