"""Which module carries out `provision`, by what is asked for; and which flags do something there."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from kkinfra.errors import DeployError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping


class _Kind(NamedTuple):
    module: str
    function: str
    flags: frozenset[str]


_STACK = _Kind("stack_provisioning", "provision_stack", frozenset({
    "key", "allow_replace", "imports", "newest_image", "dry_run", "yes", "timeout", "lock_wait",
}))  # fmt: skip
_KINDS: Mapping[str, _Kind] = {
    "host": _Kind("provisioning", "provision_environment", frozenset({"as_user", "key", "compose", "dry_run", "yes"})),
    "database": _Kind("database_provisioning", "provision_database", frozenset({"dry_run", "yes"})),
    "drift": _Kind("stack_drift", "tell_drift", frozenset({"timeout"})),
    "policy": _Kind("stack_policy", "tell_policy", frozenset()),
}
_FLAGS = {
    "as_user": "--as", "key": "--key", "compose": "--compose", "allow_replace": "--allow-replace",
    "imports": "--import", "newest_image": "--newest-image", "dry_run": "--dry-run", "yes": "--yes",
    "lock_wait": "--lock-wait",
}  # fmt: skip
"""Flags by the name of what they set; --timeout has a value that counts wherever it is not given."""


def provision(options: argparse.Namespace) -> int:
    """Make, or look at, what was asked for: the stack, unless a flag says else; returns the exit code.

    Raises DeployError for a flag that would do nothing.
    """
    asked = next((name for name in _KINDS if getattr(options, name)), "")
    kind = _KINDS.get(asked, _STACK)
    for name, flag in _FLAGS.items():
        if getattr(options, name) and name not in kind.flags:
            raise DeployError(f"{flag} does nothing {f'with --{asked}' if asked else 'without --host'}; leave it out")
    code: int = getattr(import_module(f"kkinfra.{kind.module}"), kind.function)(options)
    return code
