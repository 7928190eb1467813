"""Targets and provisioners that are installed: entry points, each called as the spec or a flag calls it."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from kkinfra.errors import DeployError, KkinfraError
from kkinfra.system.entry_points import names_of, one_installed
from kkinfra.targets.protocol.options import Options

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.protocol.provisioner import Provisioner
    from kkinfra.targets.protocol.target import Target


class _Kind(NamedTuple):
    """What is registered: its `group`, what it is called, what it needs, and which are kkinfra's own."""

    group: str
    what: str
    needs: tuple[str, ...]
    own: tuple[str, ...]


_TARGET = _Kind(
    "kkinfra.targets", "target", ("delivery", "platforms", "options", "open"), ("apply", "gitops", "ssh")
)  # fmt: skip
_PROVISIONER = _Kind(
    "kkinfra.provisioners", "provisioner", ("options", "by_default", "refuse", "open"),
    ("cloudformation", "database", "host"),
)  # fmt: skip


def target(by: str) -> Target:
    """The target that delivers `by`; raises DeployError where none is installed, or it is none."""
    made: Target = _one(_TARGET, by)[1]
    return made


def foreign_target(by: str) -> str:
    """What errors call the target of a name that is of another wheel; empty for one of kkinfra's own."""
    place, found = _one(_TARGET, by)
    return "" if type(found).__module__.startswith("kkinfra.") else f"the target {by!r} ({place})"


def target_options() -> dict[str, type[Options]]:
    """The options of all targets by name, kkinfra's own first; one that cannot be loaded has none."""
    return _options(_TARGET)


def provisioner(by: str) -> Provisioner:
    """The provisioner of a name; raises DeployError where none is installed, or it is none."""
    made: Provisioner = _one(_PROVISIONER, by)[1]
    return made


def provisioner_options() -> dict[str, type[Options]]:
    """The options of all provisioners by name, kkinfra's own first; one that cannot be loaded has none."""
    return _options(_PROVISIONER)


def provisioner_for(environment: Environment, by: str = "") -> str:
    """The name of the provisioner `by` name, or else of the one by default that makes something for an environment.

    Raises DeployError where there is none, or more than one.
    """
    makers: list[str] = []
    problems: list[str] = []
    for name in [by] if by else names_of(_PROVISIONER.group):
        try:
            if by or provisioner(name).by_default:
                _refuse(name, environment)
                makers.append(name)
        except KkinfraError as error:  # others work on
            problems.append(str(error))
    if len(makers) > 1:
        raise DeployError(f"{' and '.join(makers)} make something for {environment.name}; choose one: --by NAME")
    if not makers:
        raise DeployError("\n".join(problems) or "no provisioner is there that is used by default; name one: --by NAME")
    return makers[0]


def _refuse(name: str, environment: Environment) -> None:
    place, found = _one(_PROVISIONER, name)
    try:
        found.refuse(environment)
    except KkinfraError:
        raise
    except Exception as error:
        raise DeployError(f"the provisioner {name!r} ({place}) failed: {error}") from error


def _one(kind: _Kind, name: str) -> tuple[str, Any]:
    """Place and object of one; raises DeployError."""
    return _one_on(kind, name, tuple(sys.path))


@cache
def _one_on(kind: _Kind, name: str, _path: tuple[str, ...]) -> tuple[str, Any]:
    place, found = one_installed(kind.group, name, kind.what, DeployError)
    lacks = [each for each in kind.needs if each not in dir(found)]
    if lacks:
        raise DeployError(f"the {kind.what} {name!r} ({place}) is none: it lacks {', '.join(lacks)}")
    if not (isinstance(found.options, type) and issubclass(found.options, Options)):
        raise DeployError(f"the {kind.what} {name!r} ({place}) has options that are no subclass of kkinfra's Options")
    return place, found


def _options(kind: _Kind) -> dict[str, type[Options]]:
    found: dict[str, type[Options]] = {}
    for name in sorted(names_of(kind.group), key=lambda name: (name not in kind.own, name)):
        try:
            found[name] = _one(kind, name)[1].options
        except DeployError:  # told to whoever uses it
            continue
    return found
