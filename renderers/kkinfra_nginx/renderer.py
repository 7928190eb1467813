"""The nginx renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.artifacts import Artifact
    from kkinfra.environment import Environment
    from kkinfra.renderer import Fidelity


class NginxRenderer:
    """Renders a complete configuration for each stage."""

    platforms: frozenset[str] = frozenset({"compose"})
    fidelity: Mapping[str, Fidelity] = {}

    def render(self, environment: Environment) -> Iterable[Artifact]:
        """Two files, of which the deployer starts one."""
        return ()
