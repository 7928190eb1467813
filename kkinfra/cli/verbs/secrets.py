"""The verb `secrets`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.dispatch import by_delivery
from kkinfra.cli.verbs import common, context, lazily

if TYPE_CHECKING:
    import argparse


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("action", choices=("check", "push", "seal"))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("names", nargs="*", metavar="NAME", help="seal: these secrets only")
    parser.add_argument("--certificate", metavar="FILE", help="seal: the controller's (default: the cluster is asked)")
    parser.add_argument("--dry-run", action="store_true", help="say which would change, and change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--force-conflicts", action="store_true", help="take them from other field managers")
    context(parser)


def run(options: argparse.Namespace) -> int:
    """Check, push or seal; raises KkinfraError for names that would do nothing."""
    if options.names and options.action != "seal":
        from kkinfra.errors import KkinfraError

        raise KkinfraError(
            f"secrets {options.action} takes all secrets of an environment; leave {options.names[0]} out"
        )
    verb = f"secrets_{options.action}"
    return (lazily if options.action == "check" else by_delivery)(verb)(options)
