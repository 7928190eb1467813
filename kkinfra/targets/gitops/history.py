"""The verb `history` where Argo CD delivers: the commits that changed an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.gitops.git.history import entries
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.kubernetes.history import run_log
from kkinfra.targets.kubernetes.plan.run_log import merged
from kkinfra.targets.protocol.history import History, Run

if TYPE_CHECKING:
    from kkinfra.targets.gitops.session import GitOpsSession


def look(session: GitOpsSession) -> History:
    """The commits that changed the environment, newest last; the last one is what Argo CD brings."""
    name = str(session.environment.name)
    checkout = session.clone(history=True)
    found, mark = entries(checkout), mark_in(checkout.directory)
    runs = [each.as_run(serves=each is found[0]) for each in reversed(found)]
    notes = (f"is {mark}, until `kkinfra resume {name}`",) if mark else ()
    return History(name, merged(runs, _commands(session)), notes)


def _commands(session: GitOpsSession) -> list[Run]:
    """The commands that were run; none where the cluster is not reached, as Git has the rest."""
    try:
        return run_log(session).runs()
    except ClusterError:
        return []
