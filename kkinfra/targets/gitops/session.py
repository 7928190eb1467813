"""A session with Git and the cluster that Argo CD delivers to: each verb is in the file of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.gitops.delivery import delivery_of
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.kubernetes.session import ClusterSession

if TYPE_CHECKING:
    from kkinfra.console.telling import Telling
    from kkinfra.difference.report import Difference
    from kkinfra.spec.platforms import GitOps
    from kkinfra.targets.gitops.git.repository import Checkout
    from kkinfra.targets.gitops.target import GitOpsOptions
    from kkinfra.targets.protocol.command import CommandRequest, Streams
    from kkinfra.targets.protocol.history import History
    from kkinfra.targets.protocol.outcome import Outcome
    from kkinfra.targets.protocol.plan import Plan
    from kkinfra.targets.protocol.status import Status
    from kkinfra.targets.protocol.wanted import Wanted


class GitOpsSession(ClusterSession):
    """An environment in Git, which is cloned once a verb needs it; what is not here is asked of the cluster itself."""

    options: GitOpsOptions

    def __init__(self, wanted: Wanted, options: GitOpsOptions, telling: Telling) -> None:
        super().__init__(wanted, options, telling)
        self._clones: dict[bool, Checkout] = {}

    @property
    def delivery(self) -> GitOps:
        """Where in Git it is, and which Argo CD reads it."""
        return delivery_of(self.environment)

    def clone(self, *, history: bool = False) -> Checkout:
        """The branch as it is now, in a clone that is kept until the end; with `history`, all its commits."""
        if history in self._clones:
            self._clones[history].renew()
        else:
            self._clones[history] = self._open.enter_context(cloned(self.delivery, history=history))
        return self._clones[history]

    def plan(self) -> Plan:
        """What a deploy would commit."""
        from kkinfra.targets.gitops import deploy

        self.options.refuse_useless()
        return deploy.plan(self)

    def plan_rollback(self, release: str) -> Plan:
        """What going back would commit."""
        from kkinfra.targets.gitops import rollback

        self.options.refuse_useless()
        return rollback.plan(self, release)

    def plan_resume(self) -> Plan:
        """What resuming would do."""
        from kkinfra.targets.gitops import resume

        return resume.plan(self)

    def apply(self, plan: Plan) -> Outcome:
        """Do what a plan says."""
        from kkinfra.targets.gitops import deploy, resume, rollback

        verbs = {"deploy": deploy.apply, "rollback": rollback.apply, "resume": resume.apply}
        return verbs[plan.action](self, plan) if plan.action in verbs else super().apply(plan)

    def history(self) -> History:
        """The commits that changed the environment, newest last."""
        from kkinfra.targets.gitops import history

        return history.look(self)

    def run_command(self, asked: CommandRequest, streams: Streams) -> int:
        """Run a command in what runs, of which Git alone does not say the image."""
        from kkinfra.targets.kubernetes import run

        return run.run(self, asked, streams, run.live_release)

    def difference(self, without: frozenset[str]) -> Difference:
        """What is rendered, what is in Git, and what is in the cluster."""
        from kkinfra.targets.gitops import diff

        return diff.look(self, without)

    def status(self) -> Status:
        """What runs, and what Argo CD finds to be other than in Git."""
        from kkinfra.targets.gitops import status

        return status.look(self)
