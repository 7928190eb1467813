"""The targets that are installed: the entry points of `kkinfra.targets`, each called as `delivery.by` calls it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.system.entry_points import names_of, one_installed
from kkinfra.targets.protocol.options import Options

if TYPE_CHECKING:
    from kkinfra.targets.protocol.target import Target

GROUP = "kkinfra.targets"
_NEEDS = ("delivery", "platforms", "options", "open")


@cache
def target(by: str) -> Target:
    """The target that delivers `by`; raises DeployError where none is installed, or it is none."""
    place, found = one_installed(GROUP, by, "target", DeployError)
    lacks = [each for each in _NEEDS if each not in dir(found)]
    if lacks:
        raise DeployError(f"the target {by!r} ({place}) is none: it lacks {', '.join(lacks)}")
    if not (isinstance(found.options, type) and issubclass(found.options, Options)):
        raise DeployError(f"the target {by!r} ({place}) has options that are no subclass of kkinfra's Options")
    made: Target = found
    return made


def target_options() -> dict[str, type[Options]]:
    """The options of all targets by name, kkinfra's own first; one that cannot be loaded has none."""
    found: dict[str, type[Options]] = {}
    for name in sorted(names_of(GROUP), key=lambda name: (name not in _OWN, name)):
        try:
            found[name] = target(name).options
        except DeployError:  # told to whoever uses it
            continue
    return found


_OWN = ("apply", "gitops", "ssh")
