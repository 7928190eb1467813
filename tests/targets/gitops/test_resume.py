"""Going on after a rollback."""

from __future__ import annotations

import pytest

import quick_yaml
from gitops_user import deploy_environment, resume_environment, rollback_environment
from kkinfra.errors import DeployError

IMAGE = "ghcr.io/example/kkambbaki"


OVERRIDE = "alpha/.argocd-source-kkambbaki-alpha.yaml"


MARK = "alpha/.kkinfra-rolled-back.json"


def chosen(tag: str) -> str:
    return f"kustomize:\n  images:\n  - redis:7.4.1\n  - {IMAGE}:{tag}\n"


def images(origin) -> list[str]:
    return quick_yaml.load(origin.show(OVERRIDE))["kustomize"]["images"]


def without_updater(environment):
    delivery = environment.delivery.model_copy(update={"image_updater": None})
    return environment.model_copy(update={"delivery": delivery})


def argparse_with(options, **values):
    return type(options)(**{**vars(options), **values})


def test_resume_lets_image_updater_go_on_where_it_is_and_takes_the_mark_away(options, environment, origin, argocd, two):
    rollback_environment(options, environment)
    resume_environment(options, environment)
    assert MARK not in origin.files()
    assert argocd.ignored() is None
    assert f"{IMAGE}:1.0.0" in images(origin)
    deploy_environment(options, environment)


def test_resume_puts_back_the_images_of_before_where_there_is_no_image_updater(
    options, environment, origin, argocd, two
):
    plain = without_updater(environment)
    origin.push({OVERRIDE: chosen("2.0.0")})
    rollback_environment(argparse_with(options, release=two[0]), plain)
    assert f"{IMAGE}:1.0.0" in images(origin)
    resume_environment(options, plain)
    assert origin.show(OVERRIDE) == chosen("2.0.0").rstrip("\n")
    assert MARK not in origin.files()


def test_resume_of_what_is_not_rolled_back_changes_nothing(options, environment, origin, argocd, two, capsys):
    before = origin.tip
    assert resume_environment(options, environment) == 0
    assert origin.tip == before
    assert "alpha is not rolled back" in capsys.readouterr().out


def test_resume_frees_an_updater_that_a_killed_rollback_stopped(options, environment, origin, argocd, cluster, two):
    cluster.faults.refuse(409, 1, path="nothing")
    origin.hook("pre-receive", "exit 1")
    with pytest.raises(DeployError, match="does not take the push"):
        rollback_environment(options, environment)
    assert argocd.ignored() == ["*"]
    (origin.path / "hooks/pre-receive").unlink()
    resume_environment(options, environment)
    assert argocd.ignored() is None
