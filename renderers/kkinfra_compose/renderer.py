"""The compose renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra.rendering.static_files import PUBLISH
from kkinfra.spec.stack import Nginx, Redis, StaticFiles
from kkinfra.values.yaml_text import document
from kkinfra_compose import nginx, redis, static_files
from kkinfra_compose.env_example import env_example
from kkinfra_compose.fidelity import FIDELITY
from kkinfra_compose.project import project
from kkinfra_compose.timers import units

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.rendering.renderer import Fidelity
    from kkinfra.spec.environment import Environment


class ComposeRenderer:
    """Renders a Compose project, the files that it mounts, and the timers beside it."""

    platforms: frozenset[str] = frozenset({"compose"})
    fidelity: Mapping[str, Fidelity] = FIDELITY

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """`compose.yaml`, what it mounts, `systemd/`, and `.env.example`."""
        composed = project(environment)
        yield Artifact("compose.yaml", document(composed), document=composed)
        yield Artifact(".env.example", env_example(environment))
        for _, redis_part in environment.parts(Redis):
            yield Artifact(redis.CONFIGURATION, redis.redis_conf(redis_part))
        for _, nginx_part in environment.parts(Nginx):
            yield Artifact(nginx.PASSWD, nginx.passwd(nginx_part))
            yield Artifact(nginx.GROUPS, nginx.group(nginx_part))
        if environment.part(StaticFiles):
            yield Artifact(static_files.SCRIPT, PUBLISH)
        yield from units(environment)
