"""Tags, by which people and bills find what belongs to an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

Tags = list[dict[str, str]]


def tags(environment: Environment, part: str = "") -> Tags:
    """Whose it is and who made it; with `part`, also the name that AWS's console shows."""
    name = {"Name": f"{environment.stack_name}-{part}"} if part else {}
    found = {**name, "Project": environment.project, "Environment": environment.name, "ManagedBy": "kkinfra"}
    return [{"Key": key, "Value": value} for key, value in found.items()]
