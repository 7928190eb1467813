"""Secrets, as files that the deployer puts beside the Compose file.

Compose mounts them as they are, so owner and mode are those of the file on the host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec import wiring
from kkinfra.spec.stack import Process

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Secret

DIRECTORY = "./secrets"
"""Where the files are on the host, named as the secrets are."""


def reading(environment: Environment, name: str) -> dict[str, Any]:
    """Variables and secrets of a part, to merge into its service.

    A part whose user is not the one that the file belongs to reads it by its group.
    """
    variables = wiring.variables(environment, name)
    secrets = environment.secrets_of(name)
    part = environment.stack[name]
    own = part.uid if isinstance(part, Process) else None
    groups = sorted({owner(environment, secret) for secret in secrets} - {own})
    return {
        **({"environment": variables} if variables else {}),
        **({"secrets": list(secrets)} if secrets else {}),
        **({"group_add": [str(group) for group in groups]} if groups else {}),
    }


def owner(environment: Environment, secret: str) -> int:
    """User and group that the file of a secret has to belong to: the lowest of those who read it."""
    return min(_users(environment, secret))


def mode(environment: Environment, secret: str) -> str:
    """Mode of the file of a secret, in octal: readable to its owner, and to the group where other users read it."""
    return "0400" if len(_users(environment, secret)) == 1 else "0440"


def source(name: str, secret: Secret) -> tuple[str, str]:
    """The kind of source and the source: `("env", "DJANGO_SECRET_KEY")`."""
    ((kind, place),) = secret.sources().items()
    return kind, f"{place}#{secret.key or name}" if kind == "sops" else place


def _users(environment: Environment, secret: str) -> set[int]:
    return {part.uid for name, part in environment.parts(Process) if environment.reads(name, secret)}
