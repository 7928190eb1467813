"""Plug-ins of this project and of anyone: the entry points of a group."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


def installed(group: str, what: str, error: Callable[[str], Exception]) -> Iterator[tuple[str, str, Any]]:
    """Name, place and object of each entry point of a group, sorted by name; raises `error` for one that fails."""
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
        from kkinfra.system.extras import source_remedy

        raise error(f"no {what} is installed; install kkinfra itself, not only its source: {source_remedy()}")


def code_of(plugins: Iterable[object]) -> list[str]:
    """The directories, or the single files, that the code of plug-ins is in."""
    modules = {type(each).__module__.partition(".")[0] for each in plugins}
    files = [Path(file) for name in modules if (file := getattr(sys.modules[name], "__file__", None))]
    return sorted(str(file.parent if file.name == "__init__.py" else file) for file in files)
