"""A directory in Git that Argo CD reads: what is delivered by `gitops`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.system.lazy_attribute import LazyAttribute
from kkinfra.targets.kubernetes.target import CONTEXT, VERBS, ClusterOptions
from kkinfra.targets.protocol.options import option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.wanted import Wanted


@dataclass(frozen=True)
class GitOpsOptions(ClusterOptions):
    """What is asked of Git and Argo CD besides; with `bootstrap`, it is deployed as by `apply`."""

    context: str = option("", CONTEXT, *VERBS, "resume", metavar="NAME")
    pull_request: bool = option(False, "push to a branch of its own, for a pull request", "deploy")

    def refuse_useless(self) -> None:
        """Raise DeployError for one that does nothing where a release goes."""
        by, useless = ("apply", {"pull_request": "gitops"}) if self.bootstrap else ("gitops", _OF_A_CLUSTER)
        for name, known in useless.items():
            if getattr(self, name):
                flag = f"--{name.replace('_', '-')}"
                raise DeployError(f"{flag} is for what is delivered by {known}, and this is by {by}")


_OF_A_CLUSTER = {"force_conflicts": "apply", "lock_wait": "ssh or apply", "prune": "apply"}


class GitOpsTarget:
    """A Kubernetes cluster, to which Argo CD applies what lands in Git."""

    delivery = LazyAttribute("kkinfra.spec.platforms", "GitOps")  # flags are made without it
    platforms = frozenset({"kubernetes"})
    options = GitOpsOptions

    @contextmanager
    def open(self, wanted: Wanted, options: GitOpsOptions, telling: Telling) -> Generator[ClusterSession]:
        """Clone and connect once a method needs it; with `bootstrap`, the cluster is deployed to without Git."""
        from kkinfra.targets.gitops.session import GitOpsSession
        from kkinfra.targets.kubernetes.session import ClusterSession

        if options.bootstrap:
            options.refuse_useless()
        kind = ClusterSession if options.bootstrap else GitOpsSession
        with kind(wanted, options, telling) as session:
            yield session
