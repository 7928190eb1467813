"""The verb `diff` on a cluster: what a deploy would change, what has drifted, what would be pruned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.report import Difference, Target
from kkinfra.difference_report import tell_report, without
from kkinfra.pipeline import render
from kkinfra.targets.kubernetes.api import connect
from kkinfra.targets.kubernetes.deployment import Deployment, Wishes
from kkinfra.targets.kubernetes.desired import desired_objects
from kkinfra.targets.kubernetes.plan_text import CLUSTER, conflict_notes, kept_notes, plan_changes
from kkinfra.targets.kubernetes.unneeded_secrets import unneeded_secrets

if TYPE_CHECKING:
    import argparse

    from kkinfra.environment import Environment
    from kkinfra.targets.kubernetes.desired import Desired


def tell_difference(options: argparse.Namespace, environment: Environment) -> int:
    """Tell what differs between what is rendered and the cluster; returns the exit code."""
    without(options, ())
    desired = desired_objects(environment, render(environment))
    return tell_report(options, lambda: _difference(options, environment, desired))


def _difference(options: argparse.Namespace, environment: Environment, desired: Desired) -> Difference:
    with connect(options.context or "") as api:
        plan = Deployment(api, desired, (), Wishes(), unneeded=unneeded_secrets(environment)).plan()
        where = f"{environment.namespace} on {api.server} (context {api.context})"
    notes = (*kept_notes(plan), *conflict_notes(plan.conflicts))
    return Difference(environment.name, (Target(CLUSTER, where, notes),), tuple(plan_changes(plan)))
