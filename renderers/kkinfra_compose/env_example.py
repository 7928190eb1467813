"""`.env.example`: what has to be provided by hand, by name and never by value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose.secrets import source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment

_WARNING = "# For whoever deploys. Never copy it to the host: there, secrets are files and never variables."
_KINDS = {"file": "file", "sops": "SOPS", "aws_parameter": "AWS parameter", "aws_secret": "AWS secret"}


def env_example(environment: Environment) -> str:
    """Variables of whoever deploys, and where the other secrets come from."""
    return "\n".join((_WARNING, *_secrets(environment))) + "\n"


def _secrets(environment: Environment) -> Iterable[str]:
    pulling = [environment.registry.pull_secret] if environment.registry else []
    needed = sorted({*environment.mounted_secrets(), *pulling})
    sources = {name: source(name, environment.secrets[name]) for name in needed if name in environment.secrets}
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
