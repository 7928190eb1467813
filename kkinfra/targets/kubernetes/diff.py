"""The verb `diff` on a cluster: what a deploy would change, what has drifted, what would be pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.difference_report import tell_report, without
from kkinfra.difference.report import Difference, Target
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.plan.looking import Looking
from kkinfra.targets.kubernetes.plan.text import CLUSTER, conflict_notes, kept_notes, plan_changes
from kkinfra.targets.kubernetes.plan.unneeded_secrets import unneeded_secrets

if TYPE_CHECKING:
    import argparse

    from kkinfra.targets.kubernetes.plan.prepared import Prepared


def run(options: argparse.Namespace, prepared: Prepared) -> int:
    """Tell what differs between what is rendered and the cluster; returns the exit code."""
    without(options, ())
    return tell_report(options, lambda: _difference(options, prepared))


def _difference(options: argparse.Namespace, prepared: Prepared) -> Difference:
    desired = prepared.desired
    with connect_cluster(options.context) as api:
        plan = Looking(api, desired, unneeded=unneeded_secrets(prepared.secrets)).plan()
        where = f"{desired.namespace} on {api.server} (context {api.context})"
    notes = (*kept_notes(plan), *conflict_notes(plan.conflicts))
    return Difference(prepared.name, (Target(CLUSTER, where, notes),), tuple(plan_changes(plan)))
