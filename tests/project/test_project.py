"""The library's face: a specification's environments, what each gives, and the errors of a wrong call."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

import kkinfra
from fake_target import wheel  # noqa: F401 - a fixture
from fake_wheel import install, project  # noqa: F401 - fixtures

SPEC = "spec/environments.yaml"


@pytest.fixture
def beta(wheel):  # noqa: F811
    """An environment that is delivered by somebody else's target."""
    wheel()
    return kkinfra.open(SPEC)["beta"]


def test_a_project_is_a_mapping_of_its_environments(beta):
    project = kkinfra.open(SPEC)  # noqa: F811
    assert (list(project), len(project), "beta" in project, 7 in project) == (["alpha", "beta"], 2, True, False)
    assert repr(project) == "<Project shop: alpha, beta>"
    assert repr(project["beta"]) == "<ProjectEnvironment beta>"
    assert project.get("gamma") is None
    with pytest.raises(kkinfra.UnknownEnvironmentError, match="did you mean 'beta'") as raised:
        project["beat"]
    assert not isinstance(raised.value, KeyError)


def test_a_specification_that_is_wrong_tells_everything_at_once(beta, tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text("project: shop\nenvironments: {alpha: {domain: 7, purpose: [x]}}\n")
    with pytest.raises(kkinfra.SpecError) as raised:
        kkinfra.open(path)
    assert len(raised.value.issues) > 1


def test_what_needs_no_place_works_without_one(beta):
    assert beta.environment.domain == "beta.example.org"
    assert "datacenter = dc1" in beta.render()["nomad/job.txt"].content
    assert all(isinstance(result, kkinfra.Result) for result in beta.prove(dt.date(2027, 3, 1)))


def test_a_plan_is_frozen_and_applied_in_another_session(beta):
    plan = beta.plan(image="ghcr.io/example/shop:2")
    assert (plan.environment, plan.action, plan.options) == ("beta", "deploy", {})
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.environment = "alpha"
    heard = []
    outcome = beta.apply(plan, on_event=heard.append)
    assert [*map(str, heard)] == ["starting shop:1"]
    assert (outcome.run.result, outcome.as_json()["seconds"]) == ("deployed", 1.5)
    assert beta.rollback().run.action == "rollback"
    assert beta.status(colour="blue").where == "a blue job"
    assert ([run.release for run in beta.history().runs], beta.lock().held) == (["1"], False)


def test_options_are_those_of_the_target(beta):
    with pytest.raises(kkinfra.DeployError, match=r"--prune is for what is delivered by apply"):
        beta.plan(prune=("x",))
    with pytest.raises(kkinfra.DeployError, match=r"--colur is no option of what is delivered by nomad-api"):
        beta.status(colur="blue")


def test_a_plan_of_another_environment_is_refused(beta):
    plan = beta.plan()
    with pytest.raises(kkinfra.DeployError, match="this is a plan of beta, and not of alpha"):
        kkinfra.open(SPEC)["alpha"].apply(plan)


def test_what_a_target_does_not_know_is_an_error_of_its_own(beta):
    with pytest.raises(kkinfra.DeployError, match="delivered by nomad-api, where nothing waits to be resumed"):
        beta.resume()
    with pytest.raises(kkinfra.DeployError, match="delivered by nomad-api, where no command can be run"):
        beta.run(["true"])


def test_what_is_given_fits_a_line_where_it_is_shown(beta):
    plan = beta.plan()
    shown = [
        plan, beta.apply(plan), beta.diff(), beta.status(), beta.history(), beta.render(), beta, kkinfra.open(SPEC),
        kkinfra.open_spec(SPEC), beta.lock(), beta.history().runs[0], beta.environment,
    ]  # fmt: skip
    for each in map(repr, shown):
        assert "\n" not in each
        assert len(each) < 300, each
    assert repr(plan) == "<Plan to deploy beta: 1 changes>"
