"""A plan for Git is plain values: it may be applied in another session than the one that made it."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from gitops_user import session
from kkinfra.errors import DeployError
from kkinfra.rendering.pipeline import with_image
from kkinfra.targets.gitops.target import GitOpsOptions, GitOpsTarget
from kkinfra.targets.kubernetes.session import ClusterSession

IMAGE = "ghcr.io/example/kkambbaki"


def planned(options, environment):
    with session(options, environment) as (made, _):
        return made.plan()


def test_a_plan_is_applied_in_another_session_on_top_of_what_others_pushed(options, environment, origin, argocd, two):
    plan = planned(options, environment)
    assert (plan.before, plan.is_done) == (origin.tip, False)
    origin.push({"beta/other": "1"})
    with session(options, environment) as (made, _):
        outcome = made.apply(plan)
    assert (outcome.run.release, outcome.run.result, outcome.run.image) == (origin.tip, "deployed", f"{IMAGE}:1.0.0")
    assert "beta/other" in origin.files()
    assert list(Path(tempfile.gettempdir()).iterdir()) == []


def test_what_is_rendered_otherwise_than_it_was_planned_is_refused(options, environment, origin, argocd):
    plan, before = planned(options, environment), origin.tip
    changed = with_image(environment, f"{IMAGE}:2.0.0", "--image")
    with (
        session(options, changed) as (made, _),
        pytest.raises(DeployError, match="what is rendered has changed since the plan was made; nothing was changed"),
    ):
        made.apply(plan)
    assert origin.tip == before


def test_a_fingerprint_is_that_of_the_directory_in_git(options, environment, origin, two):
    first = planned(options, environment)
    origin.push({"beta/other": "1"})
    assert planned(options, environment).fingerprint == first.fingerprint != ""
    origin.push({"alpha/NOTES.md": "mine\n"})
    assert planned(options, environment).fingerprint != first.fingerprint


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"lock_wait": 5}, "--lock-wait is for what is delivered by ssh or apply, and this is by gitops"),
        ({"prune": ("pvc/x",)}, "--prune is for what is delivered by apply, and this is by gitops"),
        ({"force_conflicts": True}, "--force-conflicts is for what is delivered by apply, and this is by gitops"),
    ],
)
def test_what_does_nothing_there_is_refused_where_a_release_goes(options, environment, origin, asked, told):
    with session(options, environment) as (made, _):
        made.options = GitOpsOptions(**asked)
        for plan in (made.plan, lambda: made.plan_rollback("")):
            with pytest.raises(DeployError) as raised:
                plan()
            assert str(raised.value) == told


def test_with_bootstrap_it_is_the_cluster_that_is_deployed_to(options, environment):
    with session(options, environment) as (made, telling):
        asked = GitOpsOptions(bootstrap=True, prune=("pvc/x",), lock_wait=5)
        with GitOpsTarget().open(made.wanted, asked, telling) as cluster:
            assert type(cluster) is ClusterSession
        with (
            pytest.raises(DeployError, match="--pull-request is for what is delivered by gitops, and this is by apply"),
            GitOpsTarget().open(made.wanted, GitOpsOptions(bootstrap=True, pull_request=True), telling),
        ):
            pass
