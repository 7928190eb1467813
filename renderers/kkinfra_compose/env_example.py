"""`.env.example`: what has to be provided by hand, by name and never by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose.nginx import STAGE
from kkinfra_compose.secrets import source
from kkinfra_nginx.configuration import HTTP, TLS, stages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.environment import Environment

_KINDS = {"file": "file", "sops": "SOPS", "aws_parameter": "AWS parameter"}


def env_example(environment: Environment) -> str:
    """Variables of whoever deploys, then those of Compose on the host."""
    return "\n".join((*_secrets(environment), *_compose(environment))) + "\n"


def _secrets(environment: Environment) -> Iterable[str]:
    sources = {name: source(name, secret) for name, secret in sorted(environment.secrets.items())}
    if sources:
        yield "# Secrets: variables of whoever deploys. On the host they become files, and never variables."
    by_variable: dict[str, list[str]] = {}
    for name, (kind, place) in sources.items():
        if kind == "env":
            by_variable.setdefault(place, []).append(name)
        else:
            yield f"# {name}: from the {_KINDS[kind]} {place}"
    for variable, names in by_variable.items():
        if names != [variable]:
            yield f"# {', '.join(names)}:"
        yield f"{variable}="


def _compose(environment: Environment) -> Iterable[str]:
    if TLS in stages(environment):
        yield f"# Stage of Nginx: {HTTP} until there is a certificate, then {TLS}."
        yield f"{STAGE}={TLS}"
