"""What the service of every part has: its own, its variables and secrets, and what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra_compose.dependencies import depends_on
from kkinfra_compose.secrets import reading
from kkinfra_compose.service import Service, service

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Process


def part_service(environment: Environment, name: str, part: Process, own: Service, **said: Any) -> Service:
    """The service of the part called `name`, without labels; `own` is what only this kind of part says.

    `said` are its volumes and its health check, left out where empty.
    """
    return {
        **service(environment, part),
        **own,
        **reading(environment, name),
        **{key: value for key, value in said.items() if value},
        **depends_on(environment, name, said.get("volumes", ())),
    }
