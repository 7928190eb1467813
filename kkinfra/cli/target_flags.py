"""Flags that targets and provisioners bring: made from their options for a verb, and read back as what was given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from kkinfra.cli.verbs import seconds
from kkinfra.targets.protocol.installed import provisioner_options, target_options
from kkinfra.targets.protocol.options import flags_of
from kkinfra.values.plain import is_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.cli.call import Call
    from kkinfra.targets.protocol.options import Flag, Options

_GIVEN, _CLASHES = "target_flags", "target_clashes"


def add_target_flags(parser: argparse.ArgumentParser, verb: str) -> None:
    """Add the flags that the installed targets have for a verb."""
    _add_all(parser, verb, target_options(), "target", "an environment of another delivery")


def add_provisioner_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that the installed provisioners have."""
    _add_all(parser, "provision", provisioner_options(), "provisioner", "another provisioner")


def _add_all(
    parser: argparse.ArgumentParser, verb: str, options: Mapping[str, type[Options]], what: str, another: str
) -> None:
    """Where two have one of the same kind, it is one flag.

    A flag that the verb has already, or that another one has with another kind, is told to whoever uses the one that
    comes with it, and to nobody else.
    """
    taken = {flag for action in parser._actions for flag in action.option_strings}  # noqa: SLF001 - nothing public lists them
    added: dict[str, Flag] = {}
    clashes: dict[str, str] = {}
    for by, kind in options.items():
        for flag in _flags(kind, verb):
            if flag.written in taken or (flag.name in added and added[flag.name].kind is not flag.kind):
                clash = f"the {what} {by!r} has an option {flag.written}, which `{parser.prog}` has already"
                clashes[by] = f"{clash}; tell whoever made it, and use {another} until then"
            elif flag.name not in added:
                added[flag.name] = flag
                _add(parser, flag)
    parser.set_defaults(**{_GIVEN: tuple(added), _CLASHES: clashes})


def _flags(kind: type[Options], verb: str) -> list[Flag]:
    """The flags of a verb; none where an options class is not of the right form, which its use tells."""
    try:
        return [*flags_of(kind, verb)]
    except Exception:  # noqa: BLE001 - somebody else's class
        return []


def _add(parser: argparse.ArgumentParser, flag: Flag) -> None:
    """Add one; what is not given is not in what is parsed."""
    common: dict[str, Any] = {"dest": flag.name, "default": argparse.SUPPRESS, "help": flag.words}
    if flag.kind is bool:
        parser.add_argument(flag.written, action="store_true", **common)
    elif flag.kind is tuple:
        parser.add_argument(flag.written, action="append", metavar=flag.metavar or "NAME", **common)
    elif flag.kind is int:
        parser.add_argument(flag.written, type=seconds, metavar=flag.metavar or "S", **common)
    else:
        parser.add_argument(flag.written, metavar=flag.metavar or "TEXT", **common)


def given(options: Call, by: str) -> Mapping[str, Any]:
    """What was given of such flags; raises DeployError where the target, or provisioner, `by` has one that clashes."""
    clash = getattr(options, _CLASHES, {}).get(by)
    if clash:
        from kkinfra.errors import DeployError

        raise DeployError(clash)
    found = {name: getattr(options, name) for name in getattr(options, _GIVEN, ()) if hasattr(options, name)}
    return {name: tuple(each) if is_list(each) else each for name, each in found.items()}
