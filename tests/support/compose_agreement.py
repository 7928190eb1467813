"""What Compose itself does not see of a project: files that are mounted, units that start services, and the order.

The order is that of a deploy (kkinfra.host.rollout): nothing may wait for what only starts later.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from kkinfra.host.manifest import Manifest

_STARTED = re.compile(r"(?m)^ExecStart=\S*docker compose .* (\S+)$")
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def disagreements(project: Mapping[str, Any], files: Mapping[str, str], manifest: Manifest) -> list[str]:
    """What is wrong with a project, the files beside it, and the release that is made of both."""
    return [*_mounts(project, files.keys()), *_units(project, files), *_unused(project), *_order(project, manifest)]


def _mounts(project: Mapping[str, Any], files: Collection[str]) -> Iterator[str]:
    for name, service in project["services"].items():
        for mount in service.get("volumes", ()):
            source = _DEFAULT.sub(r"\1", mount["source"]).removeprefix("./")
            if mount["type"] == "bind" and not any(path == source or path.startswith(f"{source}/") for path in files):
                yield f"{name} mounts {source}, which is not rendered"


def _units(project: Mapping[str, Any], files: Mapping[str, str]) -> Iterator[str]:
    for path, text in files.items():
        for service in _STARTED.findall(text) if path.startswith("systemd/") else ():
            if service not in project["services"]:
                yield f"{path} starts {service}, which is no service"


def _unused(project: Mapping[str, Any]) -> Iterator[str]:
    mounted = {each["source"] for service in project["services"].values() for each in service.get("volumes", ())}
    yield from (f"the volume {name} is mounted nowhere" for name in project.get("volumes", {}) if name not in mounted)


def _order(project: Mapping[str, Any], manifest: Manifest) -> Iterator[str]:
    started = list(_started(manifest))
    place = {name: step for step, names in enumerate(started) for name in names}
    for name, service in project["services"].items():
        for other, how in service.get("depends_on", {}).items():
            if name in place and place.get(other, len(started)) >= place[name]:
                yield f"{name} waits for {other} ({how['condition']}), which starts later, or never"


def _started(manifest: Manifest) -> Iterator[set[str]]:
    """The services of each step of a deploy."""

    def once(*kinds: str) -> Iterator[set[str]]:
        yield from ({each.name} for each in manifest.once if each.kind in kinds)

    yield from once("volumes")
    yield from once("first-job")
    yield {each.name for each in manifest.stateful}
    yield from once("static-files")
    yield from once("migration", "job")
    yield {each.name for each in (manifest.webapp.blue, manifest.webapp.green)} if manifest.webapp else set()
    yield {each.name for each in manifest.services}
    yield {manifest.nginx.service.name} if manifest.nginx else set()
    yield {each.name for each in manifest.timed}
