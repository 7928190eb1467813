"""The renderers that are installed: the entry points of `kkinfra.renderers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import RendererError
from kkinfra.system.entry_points import installed

if TYPE_CHECKING:
    from kkinfra.rendering.renderer import Renderer

GROUP = "kkinfra.renderers"


def load_renderers() -> dict[str, Renderer]:
    """All installed renderers by name, sorted; raises RendererError for one that cannot be loaded."""
    renderers: dict[str, Renderer] = {}
    for name, place, renderer in installed(GROUP, "renderer", RendererError):
        if not all(hasattr(renderer, each) for each in ("platforms", "fidelity", "render")):
            raise RendererError(f"the renderer {name!r} ({place}) is none: it needs platforms, fidelity and render")
        renderers[name] = renderer
    return renderers
