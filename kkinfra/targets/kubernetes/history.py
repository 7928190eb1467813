"""The verb `history` on a cluster: the releases that are kept, and the commands that were run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.run_log import RunLog, merged
from kkinfra.targets.protocol.history import History

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.session import ClusterSession


def look(session: ClusterSession) -> History:
    """The releases that are kept and the commands that were run, newest last."""
    environment = session.environment
    found = history.releases(session.api, environment.namespace)
    last = history.last_served(found)
    releases = [each.as_run(serves=each is last) for each in found]
    return History(str(environment.name), merged(releases, run_log(session).runs()))


def run_log(session: ClusterSession) -> RunLog:
    """Where commands that are run are written down."""
    environment = session.environment
    return RunLog(session.api, str(environment.namespace), str(environment.project))
