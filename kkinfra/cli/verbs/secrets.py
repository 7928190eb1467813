"""The verb `secrets`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import asking, common, lazily, of_targets

if TYPE_CHECKING:
    import argparse

    from kkinfra.cli.call import Call


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("action", choices=("check", "push", "seal"))
    parser.add_argument("environment", metavar="ENV")
    parser.add_argument("names", nargs="*", metavar="NAME", help="seal: these secrets only")
    parser.add_argument("--certificate", metavar="FILE", help="seal: the controller's (default: the cluster is asked)")
    asking(parser)
    of_targets(parser, "secrets")


def run(options: Call) -> int:
    """Check, push or seal; raises KkinfraError for names that would do nothing."""
    if options.names and options.action != "seal":
        from kkinfra.errors import KkinfraError

        raise KkinfraError(
            f"secrets {options.action} takes all secrets of an environment; leave {options.names[0]} out"
        )
    return lazily(f"secrets_{options.action}")(options)
