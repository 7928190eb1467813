"""The nginx renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.artifacts import Artifact
from kkinfra_nginx.configuration import configuration, stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.rendering.renderer import Fidelity
    from kkinfra.spec.environment import Environment


class NginxRenderer:
    """Renders a complete configuration for each stage."""

    platforms: frozenset[str] = frozenset({"compose"})
    fidelity: Mapping[str, Fidelity] = {}

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """`nginx/http.conf`, and `nginx/tls.conf` where there are certificates; the deployer starts one of them."""
        return [Artifact(f"nginx/{stage}.conf", configuration(environment, stage)) for stage in stages(environment)]
