"""The platform and the delivery, as this renderer knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.platforms import Compose, Ssh

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def compose_of(environment: Environment) -> Compose:
    """Return the platform, which is Compose wherever this renderer is called; raises TypeError elsewhere."""
    if not isinstance(environment.platform, Compose):
        raise TypeError(f"{environment.name} is on {environment.platform.kind}, which this does not render")
    return environment.platform


def ssh_of(environment: Environment) -> Ssh | None:
    """Return the delivery over SSH; None where it is another one."""
    return environment.delivery if isinstance(environment.delivery, Ssh) else None
