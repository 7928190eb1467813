"""`python -m rehearsal`: bring production up on this machine, or take it down."""

from __future__ import annotations

import argparse
import sys

from kkinfra.errors import KkinfraError
from rehearsal import production
from rehearsal.engine import connect_docker
from rehearsal.errors import RehearsalError
from rehearsal.memory import table


def main() -> int:
    """Bring it up and say how it is used; with --down, take it down."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__, allow_abbrev=False)
    parser.add_argument("--down", action="store_true", help="remove its containers, volumes and files")
    options = parser.parse_args()
    try:
        engine = connect_docker()
        if options.down:
            production.down(engine)
            print("removed; images stay")
            return 0
        tell(production.up(engine))
    except (RehearsalError, KkinfraError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; `nox -s rehearse -- --down` removes what is there", file=sys.stderr)
        return 130
    return 0


def tell(stack: production.Production) -> None:
    """Say where it answers, how an administrator is made, and what it takes."""
    exec_ = "docker compose --profile blue exec webapp-blue python manage.py createsuperuser"
    print(
        f"\n{stack.url} answers; its authority is {stack.authority}\n"
        f"an administrator: cd {stack.compose.directory} && {exec_}\n"
        f"removing it all: nox -s rehearse -- --down\n\n{table(stack)}"
    )


if __name__ == "__main__":
    sys.exit(main())
