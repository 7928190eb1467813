"""Which secrets an environment needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.stack import PostgresqlStatefulSet, Process

if TYPE_CHECKING:
    from kkinfra.environment import Environment


def needed_secrets(environment: Environment) -> list[str]:
    """The names, sorted: what some container reads, and what the image is pulled with."""
    readers = (name for name, _ in environment.parts(Process))
    needed = {secret for name in readers for secret in environment.secrets_of(name)}
    needed |= {database.password for _, database in environment.parts(PostgresqlStatefulSet)}
    if environment.registry:
        needed.add(environment.registry.pull_secret)
    return sorted(needed)
