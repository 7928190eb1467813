"""Renderers and proofs, from this project and from anyone's: the entry points of `kkinfra.renderers` and `.proofs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kkinfra.errors import ProofError, RendererError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kkinfra.proof import Comparison, Proof
    from kkinfra.renderer import Renderer

GROUP = "kkinfra.renderers"
PROOFS = "kkinfra.proofs"


def load_renderers() -> dict[str, Renderer]:
    """All installed renderers by name, sorted; raises RendererError for one that cannot be loaded."""
    renderers: dict[str, Renderer] = {}
    for name, place, renderer in _loaded(GROUP, "renderer", RendererError):
        if not all(hasattr(renderer, each) for each in ("platforms", "fidelity", "render")):
            raise RendererError(f"the renderer {name!r} ({place}) is none: it needs platforms, fidelity and render")
        renderers[name] = renderer
    return renderers


def load_proofs() -> dict[str, Proof | Comparison]:
    """All installed proofs by name, sorted; raises ProofError for one that cannot be loaded."""
    proofs: dict[str, Proof | Comparison] = {}
    for name, place, proof in _loaded(PROOFS, "proof", ProofError):
        if not (hasattr(proof, "rules") and (hasattr(proof, "prove") or hasattr(proof, "compare"))):
            raise ProofError(f"the proof {name!r} ({place}) is none: it needs rules, and prove or compare")
        proofs[name] = proof
    return proofs


def code_of(plugins: Iterable[object]) -> list[str]:
    """The directories, or the single files, that the code of plug-ins is in."""
    modules = {type(each).__module__.partition(".")[0] for each in plugins}
    files = [Path(file) for name in modules if (file := getattr(sys.modules[name], "__file__", None))]
    return sorted(str(file.parent if file.name == "__init__.py" else file) for file in files)


def _loaded(group: str, what: str, error: Callable[[str], Exception]) -> Iterator[tuple[str, str, Any]]:
    """Name, place and object of each entry point of a group, sorted by name."""
    from importlib.metadata import entry_points

    found: set[str] = set()
    for point in sorted(entry_points(group=group), key=lambda point: point.name):
        if point.name in found:
            raise error(f"two installed packages register a {what} called {point.name!r}; remove one of them")
        found.add(point.name)
        try:
            made = point.load()()
        except Exception as problem:
            raise error(f"the {what} {point.name!r} ({point.value}) cannot be loaded: {problem}") from problem
        yield point.name, point.value, made
    if not found:
        from kkinfra.extras import source_remedy

        raise error(f"no {what} is installed; install kkinfra itself, not only its source: {source_remedy()}")
