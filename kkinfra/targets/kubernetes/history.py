"""The verb `history` on a cluster: the releases that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.protocol.history import History

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.session import ClusterSession


def look(session: ClusterSession) -> History:
    """The releases that are kept, newest last."""
    environment = session.environment
    found = history.releases(session.api, environment.namespace)
    last = history.last_served(found)
    return History(str(environment.name), tuple(each.as_run(serves=each is last) for each in found))
