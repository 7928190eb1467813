"""An environment that runs in Kubernetes, narrowed to what its platform and its delivery say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.spec.platforms import GitOps, Kubernetes

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment


def platform_of(environment: Environment) -> Kubernetes:
    """Its platform; raises DeployError where it does not run in Kubernetes."""
    if isinstance(environment.platform, Kubernetes):
        return environment.platform
    raise DeployError(f"{environment.name} runs on {environment.platform.kind}, and not in Kubernetes")


def argocd_delivery(environment: Environment) -> GitOps | None:
    """How Argo CD delivers it, None where it does not."""
    return environment.delivery if isinstance(environment.delivery, GitOps) else None
