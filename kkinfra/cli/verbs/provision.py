"""The verb `provision`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import asking, common, lazily

if TYPE_CHECKING:
    import argparse

run = lazily("provision")


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb, and those that the installed provisioners have."""
    from kkinfra.cli.target_flags import add_provisioner_flags

    common(parser)
    parser.add_argument("environment", metavar="ENV")
    by = parser.add_mutually_exclusive_group()
    by.add_argument("--host", action="store_true", help="prepare the host that it is deployed to")
    by.add_argument("--database", action="store_true", help="make the product's role and database")
    by.add_argument("--by", default="", metavar="NAME", help="let the provisioner of that name do it")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--drift", action="store_true", help="say what was changed by hand; exit 2 where anything was")
    instead.add_argument("--policy", action="store_true", help="print the least IAM policy that provisioning needs")
    asking(parser)
    add_provisioner_flags(parser)
