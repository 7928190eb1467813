"""One namespace of a cluster, by server-side apply: what is delivered by `apply`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.protocol.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Generator

    from kkinfra.console.telling import Telling
    from kkinfra.spec.platforms import Apply
    from kkinfra.targets.kubernetes.session import ClusterSession
    from kkinfra.targets.protocol.wanted import Wanted

_ANY = (
    "deploy", "rollback", "resume", "bootstrap", "secrets", "diff", "status", "history", "logs", "lock",
)  # fmt: skip
_CHANGING = ("deploy", "rollback")


@dataclass(frozen=True)
class ClusterOptions(Options):
    """What is asked of a cluster besides."""

    context: str = option("", "context of the kubeconfig (default: the current one)", *_ANY, metavar="NAME")
    timeout: int = option(
        180, "seconds that a part may take to be healthy (180)", *_CHANGING, "bootstrap", metavar="S"
    )  # fmt: skip
    lock_wait: int = option(0, "seconds to wait for another deploy (default: none)", *_CHANGING, metavar="S")
    bootstrap: bool = option(False, "apply once what Argo CD delivers afterwards", "deploy")
    force_conflicts: bool = option(False, "take fields from other field managers", "deploy", "secrets")
    prune: tuple[str, ...] = option(
        (), "a claim or volume that may go (repeated)", "deploy", metavar="KIND/NAME"
    )  # fmt: skip


class ClusterTarget:
    """A Kubernetes cluster, which is applied to."""

    platforms = frozenset({"kubernetes"})
    options = ClusterOptions

    @property
    def delivery(self) -> type[Apply]:
        """The model; imported here, since what is remembered is applied and compared without it."""
        from kkinfra.spec.platforms import Apply

        return Apply

    @contextmanager
    def open(self, wanted: Wanted, options: ClusterOptions, telling: Telling) -> Generator[ClusterSession]:
        """Connect once a method needs it, and close the connections at the end."""
        from kkinfra.targets.kubernetes.session import ClusterSession

        with ClusterSession(wanted, options, telling) as session:
            yield session
