"""The verb `render`: its flags, and what runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.cli.verbs import common, lazily
from kkinfra.spec.search import TREES

if TYPE_CHECKING:
    import argparse

    from kkinfra.cli.call import Call


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of the verb."""
    common(parser)
    parser.add_argument("environments", nargs="*", metavar="ENV")
    parser.add_argument("--all", action="store_true", help="every environment that the spec names")
    parser.add_argument(
        "--out", default=TREES, metavar="DIR", help="write to DIR/ENV (default: build, where the spec's project is)"
    )
    parser.add_argument("--check", action="store_true", help="compare and write nothing; exit 2 where files differ")


def run(options: Call) -> int:
    """Say that nothing changed, where that is known without loading what would render; else render."""
    from kkinfra.console import output
    from kkinfra.system import cache

    if not options.environments and not options.all:
        from kkinfra.errors import KkinfraError
        from kkinfra.spec.loading import load_spec

        known = ", ".join(load_spec(options.spec).environments)
        raise KkinfraError(f"name an environment, or --all; {options.spec} has: {known}")
    if not options.all and options.format == "text" and not options.verbose:
        current = {name: cache.is_current(options.spec, f"{options.out}/{name}") for name in options.environments}
        if all(count is not None for count in current.values()):
            for name, count in current.items():
                output.say(options, f"{name}: {count} files in {options.out}/{name}, nothing changed")
            return 0
    return lazily("render")(options)
