"""A plan for a cluster is plain values: it may be applied in another session than the one that made it."""

from __future__ import annotations

import os
from unittest.mock import patch

import pytest

import kkinfra
import sentinels
from cluster_user import IMAGE, SECRETS, image_of
from kkinfra.errors import ClusterError


@pytest.fixture
def environment(deployed):
    """As a program opens it that deploys."""
    deployed.write(tag="2.0.0", colour="blue")
    with patch.dict(os.environ, deployed.variables(), clear=True):
        yield kkinfra.open(deployed.home / "environments.yaml")["test"]


def test_a_plan_is_applied_in_another_session(deployed, environment):
    plan = environment.plan()
    assert (plan.before, plan.image) == ("1", f"{IMAGE}:2.0.0")
    outcome = environment.apply(plan)
    assert (outcome.run.release, outcome.run.result, outcome.run.serves) == ("2", "deployed", True)
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:2.0.0"


def test_a_plan_of_a_cluster_that_has_changed_is_refused(deployed, environment):
    plan = environment.plan()
    deployed.deployed()
    before = deployed.versions()
    with pytest.raises(ClusterError, match="the cluster has changed since the plan was made; nothing was changed"):
        environment.apply(plan)
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:2.0.0"
    assert {key: each for key, each in deployed.versions().items() if not key.startswith("Lease")} == {
        key: each for key, each in before.items() if not key.startswith("Lease")
    }


def test_equal_plans_have_one_fingerprint_and_others_another(deployed, environment):
    first, again = environment.plan(), environment.plan()
    assert first.fingerprint == again.fingerprint
    assert first.tree == again.tree
    other = environment.plan(image=f"{IMAGE}:3.0.0")
    assert len({first.fingerprint, other.fingerprint}) == len({first.tree, other.tree}) == 2


def test_going_back_is_planned_object_by_object(deployed, environment):
    environment.apply(environment.plan())
    plan = environment.plan_rollback()
    assert (plan.release, plan.before, plan.image) == ("1", "2", f"{IMAGE}:1.0.0")
    told = {each.identity: each.action for each in plan.changes}
    assert (told["deployment/webapp"], told["configmap/webapp"]) == ("change", "change")
    assert [name for name, action in told.items() if name.startswith("job/") and action != "remove"] == []
    outcome = environment.apply(plan)
    assert (outcome.run.release, outcome.run.of, outcome.said) == ("3", "1", "the database was left as it is")


def test_going_back_is_refused_where_the_cluster_has_changed_since(deployed, environment):
    environment.apply(environment.plan())
    plan = environment.plan_rollback()
    deployed.write(tag="3.0.0", colour="green")
    deployed.deployed()
    with pytest.raises(ClusterError, match="the cluster has changed since the plan was made"):
        environment.apply(plan)
    assert image_of(deployed.there("Deployment", "webapp")) == f"{IMAGE}:3.0.0"


def test_a_plan_holds_no_secret(deployed, environment):
    text = f"{environment.plan()!r} {environment.plan().as_json()} {environment.plan().made!r}"
    assert sentinels.found_in(text, sentinels.needles(SECRETS)) == []
