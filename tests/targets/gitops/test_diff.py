"""`diff` says which of the three differ: what is rendered, what is in Git, what is in the cluster."""

from __future__ import annotations

import json

import pytest

from cluster_double import Rule
from gitops_user import deploy_environment, tell_difference
from kkinfra.rendering.pipeline import render, with_image
from kkinfra.targets.kubernetes.client.objects import objects

IMAGE = "ghcr.io/example/kkambbaki"
OVERRIDE = "alpha/.argocd-source-kkambbaki-alpha.yaml"
NAMESPACE = "kkambbaki-alpha"
TRACKING = "argocd.argoproj.io/tracking-id"
SENTINEL = "c2VudGluZWwtb2YtYS1zZWNyZXQ="


def applied(cluster, environment) -> None:
    """As Argo CD applies it, with its own mark on each object, and without hooks."""
    for each in objects(render(environment)):
        annotations = each["metadata"].get("annotations", {})
        if "argocd.argoproj.io/hook" in annotations:
            continue
        mark = f"{NAMESPACE}:{each['kind']}:{NAMESPACE}/{each['metadata']['name']}"
        metadata = {**each["metadata"], "annotations": {**annotations, TRACKING: mark}}
        cluster.objects.apply({**each, "metadata": metadata}, "argocd-controller")


@pytest.fixture
def delivered(options, environment, origin, argocd, cluster, capsys):
    """All three the same."""
    deploy_environment(options, environment)
    applied(cluster, environment)
    capsys.readouterr()


def test_an_untouched_environment_shows_nothing(options, environment, delivered, capsys):
    assert tell_difference(options, environment) == 0
    told = capsys.readouterr().out
    assert "the same: what is rendered, Git and the cluster" in told
    assert "Synced, Healthy" in told


def test_what_is_rendered_is_alone(options, environment, delivered, capsys):
    changed = with_image(environment, f"{IMAGE}:2.0.0", "--image")
    assert tell_difference(options, changed) == 2
    told = capsys.readouterr().out
    assert "what is rendered differs from Git and the cluster" in told
    assert "~ deployment/webapp" in told
    assert f"containers[webapp].image: {IMAGE}:1.0.0 -> {IMAGE}:2.0.0" in told


def test_the_cluster_is_alone(options, environment, delivered, cluster, capsys):
    cluster.objects.patch("Deployment", "webapp", NAMESPACE, {"spec": {"replicas": 7}})
    assert tell_difference(options, environment) == 2
    told = capsys.readouterr().out
    assert "the cluster differs from Git and what is rendered" in told
    assert "~ deployment/webapp: changed by hand" in told
    assert "~ spec.replicas: 7 -> 1" in told


def test_git_is_alone(options, environment, delivered, cluster, capsys):
    changed = with_image(environment, f"{IMAGE}:2.0.0", "--image")
    applied(cluster, changed)
    assert tell_difference(options, changed) == 2
    assert "Git differs from what is rendered and the cluster" in capsys.readouterr().out


def test_all_three_differ(options, environment, delivered, cluster, capsys):
    cluster.objects.patch("Deployment", "webapp", NAMESPACE, {"spec": {"replicas": 7}})
    assert tell_difference(options, with_image(environment, f"{IMAGE}:2.0.0", "--image")) == 2
    assert "all three differ" in capsys.readouterr().out


def test_a_tag_that_image_updater_chose_is_no_difference(options, environment, origin, delivered, cluster, capsys):
    origin.push({OVERRIDE: f"kustomize:\n  images:\n  - {IMAGE}:main-abcdef1\n"})
    assert tell_difference(options, environment) == 2
    assert "the cluster differs" in capsys.readouterr().out
    applied(cluster, with_image(environment, f"{IMAGE}:main-abcdef1", "--image"))
    assert tell_difference(options, environment) == 0


def test_what_was_deleted_and_what_should_be_gone_are_named(options, environment, delivered, cluster, capsys):
    cluster.objects.delete("Service", "flower", NAMESPACE)
    mark = {TRACKING: f"{NAMESPACE}:Service:{NAMESPACE}/old"}
    for name, marks in (("old", mark), ("somebodys", {})):
        cluster.objects.create({
            "apiVersion": "v1", "kind": "Service", "metadata": {
                "name": name, "namespace": NAMESPACE, "annotations": marks
            }, "spec": {"ports": [{"port": 80}]},
        })  # fmt: skip
    assert tell_difference(options, environment) == 2
    told = capsys.readouterr().out
    assert "+ service/flower" in told
    assert "- service/old" in told
    assert "somebodys" not in told


def test_nothing_is_changed_by_looking(options, environment, delivered, origin, cluster):
    cluster.objects.patch("Deployment", "webapp", NAMESPACE, {"spec": {"replicas": 7}})
    before = origin.tip
    asked = len(cluster.requests)
    tell_difference(options, environment)
    writing = [each for each in cluster.requests[asked:] if each.method != "GET"]
    assert writing
    assert all("dryRun=All" in each.query for each in writing)
    assert (origin.tip, cluster.objects.get("Deployment", "webapp", NAMESPACE)["spec"]["replicas"]) == (before, 7)


def test_values_that_somebody_put_into_a_secret_are_not_shown(
    options, environment, delivered, origin, cluster, capsys
):  # fmt: skip
    text = origin.show("alpha/secrets/secret.yaml")
    origin.push({"alpha/secrets/secret.yaml": f"{text}\ndata:\n  DJANGO_SECRET_KEY: {SENTINEL}\n"})
    assert tell_difference(options, environment) == 2
    told = capsys.readouterr()
    assert "secret/kkambbaki" in told.out
    assert SENTINEL not in told.out + told.err


def test_who_may_not_try_out_a_change_gets_argo_cds_own_word(
    options, environment, delivered, cluster, argocd, tmp_path, monkeypatch, capsys
):  # fmt: skip
    argocd.outcome["resources"] = [{"kind": "Deployment", "name": "webapp", "status": "OutOfSync"}]
    argocd.sync()
    cluster.objects.patch("Deployment", "webapp", NAMESPACE, {"spec": {"replicas": 7}})
    cluster.users.add("reader", "reader", Rule(("get", "list"), ("*",), ("*",)))
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "reader", "reader")))
    assert tell_difference(options, environment) == 2
    assert "~ deployment/webapp: changed by hand; Argo CD says so" in capsys.readouterr().out


def test_before_the_first_deploy_everything_is_to_be_committed(options, environment, origin, argocd, capsys):
    assert tell_difference(options, environment) == 2
    told = capsys.readouterr().out
    assert "+ deployment/webapp" in told
    assert "what is rendered differs from Git and the cluster" in told


def test_programs_get_one_document(options, environment, delivered, origin, capsys):
    options.format = "json"
    changed = with_image(environment, f"{IMAGE}:2.0.0", "--image")
    assert tell_difference(options, changed) == 2
    found = json.loads(capsys.readouterr().out)
    git, cluster = found["targets"]
    assert git["asked"] == f"main of {environment.delivery.repository} at {origin.tip[:12]}"
    assert "Synced, Healthy" in cluster["asked"]
    assert found["differs"] is True
    assert "deployment/webapp" in [each["identity"] for each in found["changes"]]
    assert {each["target"] for each in found["changes"]} == {"git"}


def test_a_target_that_does_not_answer_is_told_beside_the_other_and_is_an_error(
    options, environment, delivered, tmp_path, monkeypatch, capsys
):  # fmt: skip
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    assert tell_difference(options, with_image(environment, f"{IMAGE}:2.0.0", "--image")) == 1
    told = capsys.readouterr().out
    assert "~ deployment/webapp" in told
    assert "alpha: cluster: the namespace kkambbaki-alpha\n  ! could not be asked: " in told
    assert "1 of 2 targets could not be asked" in told


@pytest.mark.parametrize(("left", "differs"), [("cluster", "git"), ("git", "cluster")])
def test_a_target_may_be_left_out(
    options, environment, delivered, cluster, tmp_path, monkeypatch, capsys, left, differs
):  # fmt: skip
    options.without, options.format = [left], "json"
    if left == "cluster":
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    else:
        monkeypatch.setattr("kkinfra.targets.gitops.session.cloned", None)
    assert tell_difference(options, environment) == 0
    assert tell_difference(options, with_image(environment, f"{IMAGE}:2.0.0", "--image")) == 2
    found = json.loads(capsys.readouterr().out.split("\n}\n")[1] + "\n}")
    assert [each["left_out"] for each in found["targets"]] == [left == "git", left == "cluster"]
    assert {each["target"] for each in found["changes"]} == {differs}
