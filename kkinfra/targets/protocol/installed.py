"""The targets that are installed: the entry points of `kkinfra.targets`, each called as `delivery.by` calls it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.system.entry_points import names_of, one_installed

if TYPE_CHECKING:
    from kkinfra.targets.protocol.target import Target

GROUP = "kkinfra.targets"
_NEEDS = ("delivery", "platforms", "options", "open")


@cache
def target(by: str) -> Target:
    """The target that delivers `by`; raises DeployError where none is installed, or it cannot be loaded."""
    place, found = one_installed(GROUP, by, "target", DeployError)
    lacks = [each for each in _NEEDS if not hasattr(found, each)]
    if lacks:
        raise DeployError(f"the target {by!r} ({place}) is none: it needs {', '.join(lacks)}")
    made: Target = found
    return made


def target_names() -> list[str]:
    """The names of all targets, sorted; none of them is loaded."""
    return names_of(GROUP)
