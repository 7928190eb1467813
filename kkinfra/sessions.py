"""Nox sessions for every environment that a specification names.

A noxfile of any repository that installs `kkinfra[nox]` needs two lines:

    from kkinfra import sessions
    sessions.register()

which makes `render-alpha`, `validate-alpha` and so on. Flags for the command go after `--`.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nox

from kkinfra.errors import KkinfraError
from kkinfra.spec.search import DEFAULT_SPEC
from kkinfra.values.plain import is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable

VERBS = {
    "render": "Write what runs {environment}, to build/{environment}/.",
    "validate": "Check the specification of {environment}.",
    "build": "Build the image of {environment}; `-- --push` pushes it.",
    "diff": "Say what a deploy of {environment} would change, and what has drifted.",
    "deploy": "Deploy {environment}; `-- --dry-run` only shows what that would do.",
    "rollback": "Go back to the release of {environment} before, or to `-- RELEASE`.",
    "status": "Say what runs in {environment}, and whether it is well.",
}
"""The command's verbs that become sessions, and how `nox -l` describes them."""

_NAME = re.compile(r"[a-z0-9-]{1,63}")


def register(spec: str | None = None, verbs: Iterable[str] = tuple(VERBS)) -> None:
    """Make a session `VERB-ENVIRONMENT` of each verb and environment.

    `spec` is relative to the noxfile; left out, it is `$KKINFRA_SPEC`, else `spec/environments.yaml`.
    A specification that cannot be read makes no sessions and says so on stderr, since the
    repository's other sessions work without it.
    """
    flags = ("--spec", spec) if spec else ()
    verbs = tuple(verbs)
    for environment in _environments(spec or os.environ.get("KKINFRA_SPEC") or DEFAULT_SPEC):
        for verb in verbs:
            _register_one(verb, environment, flags)


def environment_names(spec: Path | str) -> tuple[str, ...]:
    """The environments that a specification names, in its order, without checking any of them; raises SpecError."""
    from kkinfra.values.document import parse, read_text

    value = parse(read_text(Path(spec), str(spec)), str(spec)).value
    named = value.get("environments") if is_mapping(value) else None
    names = list(named) if is_mapping(named) else []
    return tuple(name for name in names if _NAME.fullmatch(name))


def _environments(spec: str) -> tuple[str, ...]:
    try:
        return environment_names(spec)
    except KkinfraError as error:
        print(f"{error}\nno sessions for environments, since {spec} cannot be read", file=sys.stderr)  # noqa: T201
        return ()


def _register_one(verb: str, environment: str, flags: tuple[str, ...]) -> None:
    def run(session: nox.Session) -> None:
        session.run(sys.executable, "-m", "kkinfra", verb, environment, *flags, *session.posargs, external=True)

    run.__doc__ = VERBS[verb].format(environment=environment)
    nox.session(python=False, name=f"{verb}-{environment}", default=False)(run)
