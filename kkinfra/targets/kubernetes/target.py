"""One namespace of a cluster, by server-side apply: what is delivered by `apply`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.system.lazy_attribute import LazyAttribute
from kkinfra.targets.protocol.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.wanted import Wanted

VERBS = ("deploy", "rollback", "bootstrap", "secrets", "diff", "status", "history", "logs", "lock", "run")
CONTEXT = "context of the kubeconfig (default: the current one)"
_CHANGING = ("deploy", "rollback")
_HEALTHY_SECONDS, _TRIAL_SECONDS = 180, 60


@dataclass(frozen=True)
class ClusterOptions(Options):
    """What is asked of a cluster besides."""

    context: str = option("", CONTEXT, *VERBS, metavar="NAME")
    timeout: int | None = option(
        None, "seconds that a part may take to be healthy (180), or that trying may (60)", *_CHANGING, "bootstrap",
        metavar="S",
    )  # fmt: skip
    lock_wait: int = option(0, "seconds to wait for another deploy (default: none)", *_CHANGING, metavar="S")
    bootstrap: bool = option(False, "apply once what Argo CD delivers afterwards", "deploy")
    force_conflicts: bool = option(False, "take fields from other field managers", "deploy", "secrets")
    prune: tuple[str, ...] = option(
        (), "a claim or volume that may go (repeated)", "deploy", metavar="KIND/NAME"
    )  # fmt: skip

    @property
    def healthy_within(self) -> int:
        """Seconds that a part may take to be healthy."""
        return self.timeout or _HEALTHY_SECONDS

    @property
    def tried_within(self) -> int:
        """Seconds that trying out may take."""
        return self.timeout or _TRIAL_SECONDS


class ClusterTarget:
    """A Kubernetes cluster, which is applied to."""

    delivery = LazyAttribute("kkinfra.spec.platforms", "Apply")  # flags are made without it
    platforms = frozenset({"kubernetes"})
    options = ClusterOptions

    @contextmanager
    def open(self, wanted: Wanted, options: ClusterOptions, telling: Telling) -> Generator[ClusterSession]:
        """Connect once a method needs it, and close the connections at the end."""
        from kkinfra.targets.kubernetes.session import ClusterSession

        with ClusterSession(wanted, options, telling) as session:
            yield session
