"""The verb `diff` on a cluster: what a deploy would change, what has drifted, what would be pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.report import Compared, Difference, refuse_unknown
from kkinfra.targets.kubernetes.plan.looking import Looking
from kkinfra.targets.kubernetes.plan.text import CLUSTER, conflict_notes, kept_notes, plan_changes
from kkinfra.targets.kubernetes.plan.unneeded_secrets import unneeded_secrets

if TYPE_CHECKING:
    from kkinfra.targets.kubernetes.session import ClusterSession


def look(session: ClusterSession, without: frozenset[str]) -> Difference:
    """What differs between what is rendered and the cluster, which is the one place there is to ask."""
    prepared = session.prepared
    refuse_unknown(prepared.name, without, ())
    api, desired = session.api, prepared.desired
    plan = Looking(api, desired, unneeded=unneeded_secrets(prepared.secrets)).plan()
    where = f"{desired.namespace} on {api.server} (context {api.context})"
    notes = (*kept_notes(plan), *conflict_notes(plan.conflicts))
    return Difference(prepared.name, (Compared(CLUSTER, where, notes),), tuple(plan_changes(plan)))
