"""The tree that `render-production` writes, for this machine: the domain and the database's address are its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kkinfra.rendering.pipeline import render
from kkinfra.rendering.writing import write
from kkinfra.spec.loading import resolve_document
from kkinfra.spec.platforms import Compose
from kkinfra.spec.stack import PostgresqlRds
from kkinfra.values.document import parse
from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

SPEC = Path("spec", "environments.yaml")
ENVIRONMENT = "production"
DOMAIN = "kkambbaki.localhost"
"""Browsers take every name below `localhost` for this machine (RFC 6761, 6.3)."""


def rds(spec: Path = SPEC) -> PostgresqlRds:
    """The database as the specification has it; raises SpecError, RehearsalError."""
    real = _resolved(spec.read_text(encoding="utf-8"), spec)
    found = real.part(PostgresqlRds)
    if found is None or not isinstance(real.platform, Compose):
        raise RehearsalError(f"{ENVIRONMENT} is not a host with Compose and RDS; only that can be rehearsed")
    return found[1]


def rehearsed(database: str, spec: Path = SPEC, domain: str = DOMAIN) -> Environment:
    """Production with another domain and another address of its database; raises SpecError, RehearsalError."""
    text = spec.read_text(encoding="utf-8")
    real = _resolved(text, spec)
    text = text.replace(str(rds(spec).endpoint), database).replace(str(real.domain), domain)
    return _resolved(text, spec)


def _resolved(text: str, spec: Path) -> Environment:
    return resolve_document(parse(text, str(spec)), str(spec)).environments[ENVIRONMENT]


def write_release(environment: Environment, directory: Path) -> None:
    """Render an environment into a directory."""
    write(render(environment), directory)
