"""From a commit that is pushed to one that serves, or the reason why it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError, DeployError, InterruptedRunError
from kkinfra.targets.gitops.argocd.explaining import Explaining
from kkinfra.targets.gitops.argocd.following import FollowedApplication
from kkinfra.targets.gitops.argocd.masking import Known, live_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.targets.gitops.git.repository import Checkout
    from kkinfra.targets.gitops.session import GitOpsSession
    from kkinfra.targets.kubernetes.client.objects import JSON


@dataclass(frozen=True, slots=True)
class Serving:
    """How a commit is followed; the options of the session say how long Argo CD may stand still."""

    session: GitOpsSession

    def follow(self, checkout: Checkout, commit: str, objects: Sequence[JSON]) -> JSON:
        """Return the Application once the commit serves; raises DeployError, and ClusterError where nobody can look.

        InterruptedRunError on Ctrl-C. Secrets that the cluster or whoever deploys has are masked in all that is said.
        """
        try:
            return self._follow(checkout, commit, objects)
        except ClusterError as error:
            raise ClusterError(_pushed(checkout, commit, str(error)), error.status, error.reason) from error
        except KeyboardInterrupt:
            told = f"interrupted; {commit[:12]} is on {checkout.delivery.branch}, and Argo CD goes on by itself"
            raise InterruptedRunError(told) from None

    def _follow(self, checkout: Checkout, commit: str, objects: Sequence[JSON]) -> JSON:
        session, api, environment = self.session, self.session.api, self.session.environment
        known = Known(environment, session.wanted.directory, live_values(api, environment))
        session.telling.mask = known.mask()
        following = FollowedApplication(
            api, str(checkout.delivery.argocd_namespace), environment.namespace, _Includes(checkout, commit),
            session.options.healthy_within, session.telling,
            Explaining(api, environment.namespace, objects, shows=known.is_complete),
        )  # fmt: skip
        try:
            return following.until_healthy()
        except DeployError as error:
            raise DeployError(known.mask_of_all()(str(error))) from error


def _pushed(checkout: Checkout, commit: str, problem: str) -> str:
    branch = checkout.delivery.branch
    return f"{commit[:12]} is on {branch}, and whether Argo CD has applied it is not known: {problem}"


@dataclass(frozen=True, slots=True)
class _Includes:
    """Whether a revision has the commit in it; asked once, unless the repository is not reached for a moment."""

    checkout: Checkout
    commit: str
    _known: dict[str, bool] = field(default_factory=dict[str, bool])

    def __call__(self, revision: str) -> bool:
        if revision not in self._known:
            try:
                self._known[revision] = self.checkout.includes(self.commit, revision)
            except DeployError:
                return False
        return self._known[revision]
