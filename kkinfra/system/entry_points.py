"""Plug-ins of this project and of anyone: the entry points of a group."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from importlib.metadata import Distribution, EntryPoint


_OWN = "kkinfra."
"""What the groups begin with that are asked for here."""


def installed(group: str, what: str, error: Callable[[str], Exception]) -> Iterator[tuple[str, str, Any]]:
    """Name, place and object of each entry point of a group, sorted by name; raises `error` for one that fails."""
    for name in names_of(group):
        yield name, *one_installed(group, name, what, error)
    if not names_of(group):
        from kkinfra.system.extras import source_remedy

        raise error(f"no {what} is installed; install kkinfra itself, not only its source: {source_remedy()}")


def one_installed(group: str, name: str, what: str, error: Callable[[str], Exception]) -> tuple[str, Any]:
    """Place and object of the entry point of a name: what its class makes, called without arguments.

    Raises `error`, which names the packages, where there is none, several have the name, or it fails.
    """
    place, found = one_loaded(group, name, what, error)
    try:
        return place, found()
    except Exception as problem:
        raise error(f"the {what} {name!r} ({place}) cannot be made: {problem}") from problem


def one_loaded(group: str, name: str, what: str, error: Callable[[str], Exception]) -> tuple[str, Any]:
    """The same, without calling it."""
    there = [point for point in _points(group) if point.name == name]
    if not there:
        from kkinfra.values.suggestions import did_you_mean

        known = names_of(group)
        hint = did_you_mean(name, known)
        raise error(f"no {what} {name!r} is installed{hint}; there are: {', '.join(known) or 'none'}")
    if len(there) > 1:
        packages = " and ".join(sorted({_package(point) for point in there}))
        raise error(f"two installed packages register a {what} called {name!r}: {packages}; remove one of them")
    point = there[0]
    place = f"{point.value} of {_package(point)}"
    try:
        return place, point.load()
    except Exception as problem:
        raise error(f"the {what} {name!r} ({place}) cannot be loaded: {problem}") from problem


def names_of(group: str) -> list[str]:
    """The names that the entry points of a group have, sorted; nothing of them is imported."""
    return sorted({point.name for point in _points(group)})


def _points(group: str) -> Sequence[EntryPoint]:
    return _points_on(tuple(sys.path)).get(group, ())


@cache
def _points_on(_path: tuple[str, ...]) -> Mapping[str, Sequence[EntryPoint]]:
    """What is installed is read once, for all groups of kkinfra: it does not change while the command runs."""
    from importlib.metadata import entry_points

    found: dict[str, list[EntryPoint]] = {}
    installed = entry_points()
    for group in installed.groups:
        if group.startswith(_OWN):
            found[group] = list(installed.select(group=group))
    return found


def _package(point: EntryPoint) -> str:
    """The distribution that an entry point is of, with its version."""
    return _named(point.dist) if point.dist else "an unknown package"


@cache
def _named(package: Distribution) -> str:
    """Kept, since a distribution parses its metadata each time that it is asked."""
    return f"{package.name} {package.version}"


def code_of(plugins: Iterable[object]) -> list[str]:
    """The directories, or the single files, that the code of plug-ins is in."""
    modules = {type(each).__module__.partition(".")[0] for each in plugins}
    files = [Path(file) for name in modules if (file := getattr(sys.modules[name], "__file__", None))]
    return sorted(str(file.parent if file.name == "__init__.py" else file) for file in files)
