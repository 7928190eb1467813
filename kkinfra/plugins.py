"""Renderers, from this project and from anyone's: the entry points of `kkinfra.renderers`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import RendererError

if TYPE_CHECKING:
    from kkinfra.renderer import Renderer

GROUP = "kkinfra.renderers"


def load_renderers() -> dict[str, Renderer]:
    """All installed renderers by name, sorted; raises RendererError for one that cannot be loaded."""
    from importlib.metadata import entry_points

    renderers: dict[str, Renderer] = {}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        if point.name in renderers:
            raise RendererError(f"two installed packages register a renderer called {point.name!r}; remove one of them")
        try:
            renderer = point.load()()
        except Exception as error:
            raise RendererError(f"the renderer {point.name!r} ({point.value}) cannot be loaded: {error}") from error
        if not all(hasattr(renderer, name) for name in ("platforms", "fidelity", "render")):
            raise RendererError(
                f"the renderer {point.name!r} ({point.value}) is none: it needs platforms, fidelity and render"
            )
        renderers[point.name] = renderer
    if not renderers:
        raise RendererError("no renderer is installed; install kkinfra itself, not only its source: pip install -e .")
    return renderers
