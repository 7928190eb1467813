"""Plug-ins of this project and of anyone: the entry points of a group."""

from __future__ import annotations

import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kkinfra.system.cache import remember_of_installed, remembered_of_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.metadata import Distribution, EntryPoint


_ABOUT = "entry points"
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
        packages = " and ".join(sorted({point.package for point in there}))
        raise error(f"two installed packages register a {what} called {name!r}: {packages}; remove one of them")
    point = there[0]
    place = f"{point.value} of {point.package}"
    try:
        return place, point.load()
    except Exception as problem:
        raise error(f"the {what} {name!r} ({place}) cannot be loaded: {problem}") from problem


def names_of(group: str) -> list[str]:
    """The names that the entry points of a group have, sorted; nothing of them is imported."""
    return sorted({point.name for point in _points(group)})


class _Point(NamedTuple):
    """An entry point: where its object is, and the distribution that registers it, with its version."""

    name: str
    value: str
    package: str

    def load(self) -> Any:
        """Import the object."""
        module, _, attribute = self.value.partition("[")[0].partition(":")
        found: Any = import_module(module.strip())
        for each in filter(None, attribute.strip().split(".")):
            found = getattr(found, each)
        return found


def _points(group: str) -> list[_Point]:
    return _points_on(tuple(sys.path)).get(group, [])


@cache
def _points_on(_path: tuple[str, ...]) -> dict[str, list[_Point]]:
    """What is installed is read once, for all groups: it does not change while the command runs.

    It is remembered from run to run, since reading it takes longer than most verbs.
    """
    known = remembered_of_installed(_ABOUT)
    try:
        found = json.loads(known) if known else None
        if found is not None:
            return {group: [_Point(*each) for each in points] for group, points in found.items()}
    except (ValueError, TypeError, AttributeError):  # a damaged file
        pass
    read = _read()
    remember_of_installed(_ABOUT, json.dumps(read))
    return read


def _read() -> dict[str, list[_Point]]:
    from importlib.metadata import entry_points

    found = entry_points()
    groups = sorted(group for group in found.groups if group.startswith(_OWN))
    return {
        group: [_Point(each.name, each.value, _package(each)) for each in found.select(group=group)] for group in groups
    }


def _package(point: EntryPoint) -> str:
    """The distribution that an entry point is of, with its version."""
    return _named(point.dist) if point.dist else "an unknown package"


@cache
def _named(package: Distribution) -> str:
    """Kept, since a distribution parses its metadata each time that it is asked."""
    return f"{package.name} {package.version}"


def code_of(plugins: Iterable[object]) -> list[str]:
    """The directories, or the single files, that the code of plug-ins, or of their classes, is in."""
    classes = (each if isinstance(each, type) else type(each) for each in plugins)
    modules = {each.__module__.partition(".")[0] for each in classes}
    files = [Path(file) for name in modules if (file := getattr(sys.modules[name], "__file__", None))]
    return sorted(str(file.parent if file.name == "__init__.py" else file) for file in files)
