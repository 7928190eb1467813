"""A plan in a file: done exactly as it says, or refused with the reason."""

from __future__ import annotations

import json

import pytest

from host_plan import host_plan
from kkinfra.cli import saved_plan
from kkinfra.errors import DeployError
from observed_host import part, serving
from real_release import named, release

BEFORE = release()
AFTER = release({"nginx": {"rate": 30}})


def plan(after=AFTER, facts=None, **other):
    return host_plan(after, facts or serving(BEFORE), **other)


@pytest.fixture
def saved(tmp_path):
    """What was saved, as it is read again."""
    path = str(tmp_path / "plan.json")
    saved_plan.save_plan(plan(), path)
    return saved_plan.load_plan(path, "live")


def test_what_was_saved_is_what_is_done(saved):
    saved_plan.refuse_other_plan(saved, plan())
    assert saved["tree"] == AFTER.manifest.tree


def test_the_name_of_the_release_may_be_another_since_it_is_the_time(saved):
    saved_plan.refuse_other_plan(saved, plan(named(AFTER, "20270101T000000Z")))


def test_another_spec_is_refused(saved):
    with pytest.raises(DeployError, match=r"what is rendered is not what the plan was made of \(spec, kkinfra or"):
        saved_plan.refuse_other_plan(saved, plan(release({"nginx": {"rate": 31}})))


def test_a_host_that_changed_since_is_refused(saved):
    facts = serving(BEFORE)
    facts["release"]["fingerprint"] = "another"
    with pytest.raises(DeployError, match="live is not as it was when the plan was made; nothing was changed"):
        saved_plan.refuse_other_plan(saved, plan(facts=facts))


def test_other_secrets_are_refused(saved):
    with pytest.raises(DeployError, match="something else would be done now than the plan says"):
        saved_plan.refuse_other_plan(saved, plan(FLOWER_BASIC_AUTH="mark of another"))


def test_what_drifted_since_is_refused(saved):
    facts = serving(BEFORE)
    part(facts, "flower")["memory"] = 1
    with pytest.raises(DeployError, match="something else would be done now"):
        saved_plan.refuse_other_plan(saved, plan(facts=facts))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "cannot be read as a plan"),
        ("{", "cannot be read as a plan"),
        ("\udcff", "cannot be read as a plan"),
        ("[]", "is no plan of live"),
        ("{}", "is no plan of live"),
        (json.dumps({"version": 1, "environment": "live"}), "is no plan of live"),
        (json.dumps({"version": 2, "environment": "alpha"}), "is no plan of live"),
    ],
)
def test_what_is_no_plan_of_this_environment_is_refused(tmp_path, content, why):
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content, errors="surrogateescape")
    with pytest.raises(DeployError, match=rf"plan.json {why}.*make one with --save-plan"):
        saved_plan.load_plan(str(path), "live")


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(DeployError, match=r"cannot be written \(No such file or directory\)"):
        saved_plan.save_plan(plan(), str(tmp_path / "nowhere" / "plan.json"))
