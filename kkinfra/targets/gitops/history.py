"""The verb `history` where Argo CD delivers: the commits that changed an environment."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.targets.gitops.git.history import entries
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.kubernetes.history import run_log
from kkinfra.targets.kubernetes.plan.run_log import merged
from kkinfra.targets.protocol.history import History, Run

if TYPE_CHECKING:
    from kkinfra.targets.gitops.session import GitOpsSession

_ASKED_SECONDS = 5.0


def look(session: GitOpsSession) -> History:
    """The commits that changed the environment, newest last; the last one is what Argo CD brings."""
    name = str(session.environment.name)
    checkout = session.clone(history=True)
    found, mark = entries(checkout), mark_in(checkout.directory)
    runs = [each.as_run(serves=each is found[0]) for each in reversed(found)]
    commands, unknown = _commands(session)
    notes = (*unknown, *((f"is {mark}, until `kkinfra resume {name}`",) if mark else ()))
    return History(name, merged(runs, commands), notes)


def _commands(session: GitOpsSession) -> tuple[list[Run], tuple[str, ...]]:
    """The commands that were run, else a note why they are not known: Git has all the rest, and is not held up."""
    found: list[list[Run]] = []
    problems = ["the cluster does not answer"]

    def ask() -> None:
        try:
            found.append(run_log(session).runs())
        except ClusterError as error:
            problems.append(str(error).partition(";")[0])

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_ASKED_SECONDS)
    return (found[0], ()) if found else ([], (f"commands that were run are not known: {problems[-1]}",))
