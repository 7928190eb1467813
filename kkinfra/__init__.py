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

    from kkinfra.artifacts import Artifact, ArtifactTree
    from kkinfra.environment import Environment
    from kkinfra.errors import KkinfraError, SpecError
    from kkinfra.pipeline import open_spec, render
    from kkinfra.proof import Finding, Row
    from kkinfra.proving import prove
    from kkinfra.renderer import Emulated, Refused, Renderer
    from kkinfra.spec import Spec, load_spec, resolve

_HOMES = {
    "Artifact": "artifacts", "ArtifactTree": "artifacts", "Environment": "environment", "Finding": "proof",
    "KkinfraError": "errors", "SpecError": "errors", "open_spec": "pipeline", "render": "pipeline", "prove": "proving",
    "Emulated": "renderer", "Refused": "renderer", "Renderer": "renderer", "Row": "proof", "Spec": "spec",
    "load_spec": "spec", "resolve": "spec",
}  # fmt: skip

__all__ = [
    "Artifact", "ArtifactTree", "Emulated", "Environment", "Finding", "KkinfraError", "Refused", "Renderer", "Row",
    "Spec", "SpecError", "__version__", "load_spec", "open_spec", "prove", "render", "resolve",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"kkinfra.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'kkinfra' has no attribute {name!r}")
