"""The kubernetes renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.artifacts import Artifact
    from kkinfra.environment import Environment
    from kkinfra.renderer import Fidelity


class KubernetesRenderer:
    platforms: frozenset[str] = frozenset({"kubernetes"})
    fidelity: Mapping[str, Fidelity] = {}

    def render(self, environment: Environment) -> Iterable[Artifact]:
        return ()
