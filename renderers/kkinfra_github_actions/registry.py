"""Logging in to the registry that the image is pushed to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_github_actions.step import expression, run

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra_github_actions.step import Step

_GITHUBS_OWN = "ghcr.io"


def is_githubs_own(environment: Environment) -> bool:
    """Whether the run's own token pushes there, so that no password has to be kept."""
    return environment.image.registry == _GITHUBS_OWN


def log_in(environment: Environment) -> Step:
    """The password comes over standard input, since arguments are seen by every process."""
    own = is_githubs_own(environment)
    return run(
        f"Log in to {environment.image.registry}",
        f"printf '%s' \"$REGISTRY_PASSWORD\" |"
        f' docker login {environment.image.registry} --username "$REGISTRY_USER" --password-stdin',
        env={
            "REGISTRY_USER": expression("github.actor" if own else "secrets.REGISTRY_USER"),
            "REGISTRY_PASSWORD": expression("github.token" if own else "secrets.REGISTRY_PASSWORD"),
        },
    )
