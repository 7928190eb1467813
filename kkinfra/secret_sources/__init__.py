"""Secrets, as whoever deploys has them: in variables, files, SOPS files, and parameters of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import SecretError
from kkinfra.secret_sources.needed import needed_secrets
from kkinfra.secret_sources.problem import Problem
from kkinfra.secret_sources.pull_secret import refuse_useless
from kkinfra.secret_sources.sources import Sources, source_of
from kkinfra.secret_sources.usable import usable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.environment import Environment
    from kkinfra.secret import SecretText


def read_secrets(environment: Environment, directory: str, names: Iterable[str] | None = None) -> dict[str, SecretText]:
    """Every secret by its name, sorted: those that are needed, or those that are named.

    `directory` is the project's. Raises SecretError with all that are missing or unusable.
    """
    found = look_up(environment, directory, needed_secrets(environment) if names is None else names)
    missing = [(name, str(secret)) for name, secret in found.items() if isinstance(secret, Problem)]
    if missing:
        raise SecretError(environment.name, missing)
    return {name: secret for name, secret in found.items() if not isinstance(secret, Problem)}


def look_up(environment: Environment, directory: str, names: Iterable[str]) -> dict[str, SecretText | Problem]:
    """The named secrets, sorted, each of them or what is wrong with it; `directory` is the project's."""
    sources = Sources(environment, directory)
    return {name: _secret_or_problem(environment, sources, name) for name in sorted(set(names))}


def _secret_or_problem(environment: Environment, sources: Sources, name: str) -> SecretText | Problem:
    try:
        if name not in environment.secrets:
            raise Problem(f"is no secret of {environment.name}; write it under `secrets` in {environment.source}")  # noqa: TRY301 - told like the others
        secret = usable(sources.read(name, environment.secrets[name]))
        if environment.registry and name == environment.registry.pull_secret:
            refuse_useless(secret, environment.image.registry)
    except Problem as problem:
        return problem
    return secret


__all__ = ["Problem", "look_up", "needed_secrets", "read_secrets", "source_of"]
