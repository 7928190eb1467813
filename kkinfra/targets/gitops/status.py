"""The verb `status` where Argo CD delivers: what runs, and what Argo CD finds to be other than in Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.gitops.argocd.application import out_of_sync, summary
from kkinfra.targets.gitops.argocd.following import application_in
from kkinfra.targets.gitops.deploy import delivery_of
from kkinfra.targets.kubernetes import status
from kkinfra.targets.kubernetes.health.status_text import DriftStatus

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.plan.live import Live
    from kkinfra.targets.kubernetes.plan.looking import Looking


def run(options: argparse.Namespace, environment: Environment) -> int:
    """As on any cluster, but for drift: Argo CD is asked, since it compares all the time."""
    argocd = str(delivery_of(environment).argocd_namespace)

    def compare(looking: Looking, _live: Live) -> DriftStatus:
        application = application_in(looking.api, argocd, environment.namespace)
        return DriftStatus(tuple(out_of_sync(application)), summary(application))

    return status.run(options, environment, compare)
