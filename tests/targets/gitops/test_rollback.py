"""Going back in Git, staying there, and going on; history is never rewritten."""

from __future__ import annotations

import json

import pytest

import quick_yaml
from gitops_user import deploy_environment, resume_environment, rollback_environment
from kkinfra.errors import ClusterError, DeployError
from kkinfra.rendering.pipeline import with_image

IMAGE = "ghcr.io/example/kkambbaki"
OVERRIDE = "alpha/.argocd-source-kkambbaki-alpha.yaml"
MARK = "alpha/.kkinfra-rolled-back.json"


def chosen(tag: str) -> str:
    return f"kustomize:\n  images:\n  - redis:7.4.1\n  - {IMAGE}:{tag}\n"


def deploy(options, environment, tag: str) -> None:
    deploy_environment(options, with_image(environment, f"{IMAGE}:{tag}", "--image"))


def images(origin) -> list[str]:
    return quick_yaml.load(origin.show(OVERRIDE))["kustomize"]["images"]


def without_updater(environment):
    delivery = environment.delivery.model_copy(update={"image_updater": None})
    return environment.model_copy(update={"delivery": delivery})


def test_a_rollback_commits_what_served_before_once_more(options, environment, origin, argocd, two, capsys):
    first, second = two
    count = origin.count()
    assert rollback_environment(options, environment) == 0
    assert origin.count() == count + 1
    assert second in origin.log("%H")
    assert origin.show("alpha/webapp/deployment.yaml") == origin.show("alpha/webapp/deployment.yaml", first)
    assert origin.log("%s").splitlines()[0] == f"Roll back kkambbaki alpha to {first[:12]}: {IMAGE}:1.0.0"
    assert argocd.seen[-1] == origin.tip
    assert "stays so until `kkinfra resume alpha`" in capsys.readouterr().out


def test_the_image_is_pinned_and_image_updater_chooses_none(options, environment, origin, argocd, two):
    origin.push({OVERRIDE: chosen("2.0.0")}, who="argocd-image-updater")
    rollback_environment(options, environment)
    assert images(origin) == ["redis:7.4.1", f"{IMAGE}:2.0.0"]
    assert argocd.ignored() == ["*"]
    rollback_environment(argparse_with(options, release=two[0]), environment)
    assert images(origin) == ["redis:7.4.1", f"{IMAGE}:1.0.0"]


def argparse_with(options, **values):
    return type(options)(**{**vars(options), **values})


def test_a_tag_that_image_updater_chose_is_gone_back_from_like_a_deploy(options, environment, origin, argocd, two):
    origin.push({OVERRIDE: chosen("main-aaaaaaa")}, who="argocd-image-updater")
    origin.push({OVERRIDE: chosen("main-bbbbbbb")}, who="argocd-image-updater")
    rollback_environment(options, environment)
    assert f"{IMAGE}:main-aaaaaaa" in images(origin)
    assert "image: ghcr.io/example/kkambbaki:2.0.0" in origin.show("alpha/webapp/deployment.yaml")


def test_image_updater_is_stopped_before_anything_is_pushed(options, environment, origin, argocd, cluster, two):
    before = origin.tip
    cluster.faults.refuse(503, 20, path="imageupdaters", method="PATCH")
    with pytest.raises(ClusterError, match="Image Updater cannot be held back"):
        rollback_environment(options, environment)
    assert origin.tip == before


def test_a_tag_that_came_in_between_is_replaced(options, environment, origin, argocd, two):
    """Image Updater was in the middle of it when it was stopped."""
    original, pushed = argocd.sync, []

    def sync() -> None:
        if not pushed:
            pushed.append(origin.push({OVERRIDE: chosen("main-ccccccc")}, who="argocd-image-updater"))
        original()

    argocd.sync = sync
    rollback_environment(options, environment)
    assert f"{IMAGE}:1.0.0" in images(origin)
    assert pushed[0] in origin.log("%H")


def test_a_rollback_that_was_cut_short_is_ended_and_goes_back_no_further(
    options, environment, origin, argocd, two, capsys
):
    rollback_environment(options, environment)
    after = origin.tip
    assert rollback_environment(options, environment) == 0
    assert origin.tip == after
    assert "rolled back to" in capsys.readouterr().out


def test_a_rollback_goes_to_the_commit_that_is_named(options, environment, origin, argocd, two):
    first, _ = two
    deploy(options, environment, "3.0.0")
    rollback_environment(argparse_with(options, release=first[:10]), environment)
    assert "image: ghcr.io/example/kkambbaki:1.0.0" in origin.show("alpha/webapp/deployment.yaml")
    assert json.loads(origin.show(MARK))["to"] == first


def test_going_back_after_a_new_deploy_leads_to_what_served_and_not_to_what_was_left(
    options, environment, origin, argocd, two
):  # fmt: skip
    rollback_environment(options, environment)
    resume_environment(options, environment)
    deploy_environment(options, without_updater(with_image(environment, f"{IMAGE}:3.0.0", "--image")))
    rollback_environment(options, environment)
    assert "image: ghcr.io/example/kkambbaki:1.0.0" in origin.show("alpha/webapp/deployment.yaml")


@pytest.mark.parametrize("commit", ["ffffffffff", "serving"])
def test_a_commit_that_cannot_be_gone_back_to_is_refused(options, environment, origin, argocd, two, commit):
    named = two[1] if commit == "serving" else commit
    with pytest.raises(DeployError, match=r"is what serves|is no commit that changed the environment"):
        rollback_environment(argparse_with(options, release=named), environment)


def test_the_first_deploy_has_nothing_before_it(options, environment, origin, argocd):
    deploy(options, environment, "1.0.0")
    with pytest.raises(DeployError, match="no earlier commit"):
        rollback_environment(options, environment)


def test_what_others_committed_before_kkinfra_is_not_gone_back_to(options, environment, origin, argocd):
    origin.push({"alpha/NOTES.md": "by hand\n"})
    deploy(options, environment, "1.0.0")
    with pytest.raises(DeployError, match="holds nothing that kkinfra rendered"):
        rollback_environment(options, environment)


def test_a_dry_run_changes_nothing_in_git_or_in_the_cluster(options, environment, origin, argocd, two, capsys):
    before = origin.tip
    assert rollback_environment(argparse_with(options, dry_run=True), environment) == 0
    assert (origin.tip, argocd.ignored()) == (before, None)
    assert "~ webapp/deployment.yaml" in capsys.readouterr().out


def test_without_overrides_and_updater_the_rendered_image_is_enough(options, environment, origin, argocd, two):
    rollback_environment(options, without_updater(environment))
    assert OVERRIDE not in origin.files()
    assert argocd.ignored() is None


def test_ignored_tags_of_somebody_else_are_left_alone(options, environment, origin, argocd, cluster, two):
    spec = {"commonUpdateSettings": {"ignoreTags": ["latest"]}}
    cluster.objects.patch("ImageUpdater", "kkambbaki-alpha", "argocd", {"spec": spec})
    before = origin.tip
    with pytest.raises(ClusterError, match="kubectl-edit"):
        rollback_environment(options, environment)
    assert (argocd.ignored(), origin.tip) == (["latest"], before)


def test_an_image_with_ignored_tags_of_its_own_would_go_on_and_is_refused(options, environment, argocd, cluster, two):
    image = {"alias": "kkambbaki", "imageName": IMAGE, "commonUpdateSettings": {"ignoreTags": ["latest"]}}
    spec = {"applicationRefs": [{"namePattern": "kkambbaki-alpha", "images": [image]}]}
    cluster.objects.patch("ImageUpdater", "kkambbaki-alpha", "argocd", {"spec": spec})
    with pytest.raises(ClusterError, match="ignoreTags of its own for kkambbaki"):
        rollback_environment(options, environment)


def test_an_updater_that_is_not_installed_needs_no_holding_back(
    options, environment, origin, argocd, cluster, two, capsys
):
    cluster.objects.delete("ImageUpdater", "kkambbaki-alpha", "argocd")
    rollback_environment(options, environment)
    assert "is not in the cluster, and was not held back" in capsys.readouterr().out


def test_going_back_twice_and_resuming_puts_back_the_images_of_before_the_first(
    options, environment, origin, argocd, two
):  # fmt: skip
    plain = without_updater(environment)
    origin.push({OVERRIDE: chosen("3.0.0")})
    rollback_environment(argparse_with(options, release=two[1]), plain)
    rollback_environment(argparse_with(options, release=two[0]), plain)
    assert f"{IMAGE}:1.0.0" in images(origin)
    resume_environment(options, plain)
    assert origin.show(OVERRIDE) == chosen("3.0.0").rstrip("\n")
