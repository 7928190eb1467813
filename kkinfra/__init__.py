"""kkinfra: one typed description of a product's environments, and everything that runs them.

    from kkinfra import open_spec, render, resolve
    tree = render(resolve(open_spec("spec/environments.yaml"), "alpha"))

Names are imported when they are used, so that `import kkinfra` costs nothing.
"""

from __future__ import annotations

__version__ = "0.1.0"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from kkinfra.errors import KkinfraError, SpecError
    from kkinfra.proving.proof import Finding, Row
    from kkinfra.proving.prove import prove
    from kkinfra.rendering.artifacts import Artifact, ArtifactTree
    from kkinfra.rendering.pipeline import open_spec, render
    from kkinfra.rendering.renderer import Emulated, Refused, Renderer
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.loading import Spec, load_spec, resolve

_HOMES = {
    "errors": ("KkinfraError", "SpecError"),
    "proving.proof": ("Finding", "Row"),
    "proving.prove": ("prove",),
    "rendering.artifacts": ("Artifact", "ArtifactTree"),
    "rendering.pipeline": ("open_spec", "render"),
    "rendering.renderer": ("Emulated", "Refused", "Renderer"),
    "spec.environment": ("Environment",),
    "spec.loading": ("Spec", "load_spec", "resolve"),
}
"""By module: the names that the package has from it."""

__all__ = [
    "Artifact", "ArtifactTree", "Emulated", "Environment", "Finding", "KkinfraError", "Refused", "Renderer", "Row",
    "Spec", "SpecError", "__version__", "load_spec", "open_spec", "prove", "render", "resolve",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"kkinfra.{module}"), name)
    raise AttributeError(f"module 'kkinfra' has no attribute {name!r}")
