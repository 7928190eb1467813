"""An environment that Argo CD delivers, narrowed to what its delivery says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.spec.platforms import GitOps

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def delivery_of(environment: Environment) -> GitOps:
    """How it is delivered; raises DeployError where Argo CD does not."""
    if isinstance(environment.delivery, GitOps):
        return environment.delivery
    raise DeployError(f"{environment.name} is delivered by {environment.delivery.by}, and not by gitops")
