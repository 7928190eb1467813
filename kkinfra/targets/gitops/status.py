"""The verb `status` where Argo CD delivers: what runs, and what Argo CD finds to be other than in Git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.gitops.argocd.application import out_of_sync, summary
from kkinfra.targets.gitops.argocd.following import application_in
from kkinfra.targets.kubernetes import status
from kkinfra.targets.protocol.status import DriftStatus

if TYPE_CHECKING:
    from kkinfra.targets.gitops.session import GitOpsSession
    from kkinfra.targets.kubernetes.plan.live import Live
    from kkinfra.targets.kubernetes.plan.looking import Looking
    from kkinfra.targets.protocol.status import Status


def look(session: GitOpsSession) -> Status:
    """As on any cluster, but for drift: Argo CD is asked, since it compares all the time."""
    argocd, name = str(session.delivery.argocd_namespace), session.environment.namespace

    def compare(looking: Looking, _live: Live) -> DriftStatus:
        application = application_in(looking.api, argocd, name)
        return DriftStatus(tuple(out_of_sync(application)), summary(application))

    return status.look(session, compare)
