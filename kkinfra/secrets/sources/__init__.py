"""Secrets, as whoever deploys has them: in variables, files, SOPS files, and parameters of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import SecretError
from kkinfra.secrets.needs import secret_needs
from kkinfra.secrets.sources.problem import Problem
from kkinfra.secrets.sources.pull_secret import refuse_useless
from kkinfra.secrets.sources.usable import usable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.secrets.needs import SecretNeeds
    from kkinfra.secrets.sources.sources import Sources
    from kkinfra.spec.environment import Environment
    from kkinfra.values.secret import SecretText


def read_secrets(environment: Environment, directory: str, names: Iterable[str] | None = None) -> dict[str, SecretText]:
    """Every secret by its name, sorted: those that are needed, or those that are named.

    `directory` is the project's. Raises SecretError with all that are missing or unusable.
    """
    return read_needed(secret_needs(environment), directory, names)


def read_needed(needs: SecretNeeds, directory: str, names: Iterable[str] | None = None) -> dict[str, SecretText]:
    """The same, by plain facts."""
    wanted = needs.needed if names is None else tuple(names)
    found = _look_up(needs, directory, wanted) if wanted else {}
    missing = [(name, str(secret)) for name, secret in found.items() if isinstance(secret, Problem)]
    if missing:
        raise SecretError(needs.environment, missing)
    return {name: secret for name, secret in found.items() if not isinstance(secret, Problem)}


def look_up(environment: Environment, directory: str, names: Iterable[str]) -> dict[str, SecretText | Problem]:
    """The named secrets, sorted, each of them or what is wrong with it; `directory` is the project's."""
    return _look_up(secret_needs(environment), directory, names)


def _look_up(needs: SecretNeeds, directory: str, names: Iterable[str]) -> dict[str, SecretText | Problem]:
    from kkinfra.secrets.sources.sources import Sources

    sources = Sources(needs, directory)
    return {name: _secret_or_problem(needs, sources, name) for name in sorted(set(names))}


def _secret_or_problem(needs: SecretNeeds, sources: Sources, name: str) -> SecretText | Problem:
    try:
        if name not in needs.places:
            raise Problem(f"is no secret of {needs.environment}; write it under `secrets` in {needs.source}")  # noqa: TRY301 - told like the others
        secret = usable(sources.read(needs.places[name]))
        if name == needs.pull_secret:
            refuse_useless(secret, needs.registry)
    except Problem as problem:
        return problem
    return secret


__all__ = ["Problem", "look_up", "read_needed", "read_secrets"]
