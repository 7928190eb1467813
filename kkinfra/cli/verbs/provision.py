"""The verb `provision`: its flags, and what runs it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from kkinfra.cli.verbs import common, seconds
from kkinfra.errors import DeployError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from kkinfra.cli.call import Call


class _Kind(NamedTuple):
    module: str
    flags: frozenset[str]


_STACK = _Kind("cloudformation.provision", frozenset({
    "key", "allow_replace", "imports", "newest_image", "dry_run", "yes", "timeout", "lock_wait",
}))  # fmt: skip
_KINDS: Mapping[str, _Kind] = {
    "host": _Kind("compose.provision", frozenset({"as_user", "key", "compose", "dry_run", "yes"})),
    "database": _Kind("compose.database", frozenset({"dry_run", "yes"})),
    "drift": _Kind("cloudformation.drift", frozenset({"timeout"})),
    "policy": _Kind("cloudformation.policy", frozenset()),
}
_FLAGS = {
    "as_user": "--as", "key": "--key", "compose": "--compose", "allow_replace": "--allow-replace",
    "imports": "--import", "newest_image": "--newest-image", "dry_run": "--dry-run", "yes": "--yes",
    "lock_wait": "--lock-wait",
}  # fmt: skip
"""Flags by the name of what they set; --timeout has a value that counts wherever it is not given."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environment", metavar="ENV")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--host", action="store_true", help="prepare the host that it is deployed to")
    instead.add_argument("--database", action="store_true", help="make the product's role and database")
    instead.add_argument("--drift", action="store_true", help="say what was changed by hand; exit 2 where anything was")
    instead.add_argument("--policy", action="store_true", help="print the least IAM policy that provisioning needs")
    parser.add_argument("--as", dest="as_user", metavar="USER", help="who comes in (default: who deploys)")
    parser.add_argument("--key", metavar="FILE", help="public keys that let who deploys in")
    parser.add_argument("--compose", metavar="FILE", help="Docker Compose, for hosts without a package of it")
    parser.add_argument(
        "--allow-replace", action="append", default=[], metavar="LOGICAL_ID",
        help="a resource that may go although it holds data (repeated)",
    )  # fmt: skip
    parser.add_argument(
        "--import", dest="imports", action="append", default=[], metavar="ID=NAME|FILE",
        help="take in what was made by hand, as it is (repeated)",
    )  # fmt: skip
    parser.add_argument("--newest-image", action="store_true", help="take the newest image: replaces the host")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--timeout", type=seconds, default=3600, metavar="S", help="seconds that AWS may take (default: 3600)"
    )
    parser.add_argument(
        "--lock-wait", type=seconds, default=0, metavar="S", help="seconds to wait for another change (default: none)"
    )


def run(options: Call) -> int:
    """Make, or look at, what was asked for: the stack, unless a flag says else; returns the exit code.

    Raises DeployError for a flag that would do nothing.
    """
    asked = next((name for name in _KINDS if getattr(options, name)), "")
    kind = _KINDS.get(asked, _STACK)
    for name, flag in _FLAGS.items():
        if getattr(options, name) and name not in kind.flags:
            raise DeployError(f"{flag} does nothing {f'with --{asked}' if asked else 'without --host'}; leave it out")
    code: int = import_module(f"kkinfra.targets.{kind.module}").run(options)
    return code
