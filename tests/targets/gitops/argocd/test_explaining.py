"""What is not ready is explained from the cluster; what containers print only without secrets."""

from __future__ import annotations

import base64

import pytest

from cluster_double import Rule
from gitops_user import deploy_environment
from kkinfra.errors import DeployError
from kkinfra.rendering.pipeline import render
from kkinfra.targets.gitops.argocd.explaining import Explaining
from kkinfra.targets.gitops.argocd.masking import Known, live_values
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.client.objects import objects

NAMESPACE = "kkambbaki-alpha"
WORKLOADS = ("Deployment", "StatefulSet", "Job")
SENTINEL = "s3ntinel-of-a-secret"


@pytest.fixture
def crashing(cluster, environment):
    """The environment as Argo CD has applied it, in which the web application prints a secret and ends."""
    cluster.controllers.paused = False
    cluster.behave("webapp", "CrashLoopBackOff", container="webapp", log=f"ValueError: {SENTINEL}")
    for each in sorted(objects(render(environment)), key=lambda made: made["kind"] != "Namespace"):
        if each["kind"] not in WORKLOADS or each["metadata"]["name"] == "webapp":
            cluster.objects.apply(each, "argocd-controller")
    value = base64.b64encode(SENTINEL.encode()).decode()
    cluster.objects.patch("Secret", "kkambbaki", NAMESPACE, {"data": dict.fromkeys(environment.secrets, value)})
    cluster.until(lambda: any(
        each.get("status", {}).get("containerStatuses", [{}])[0].get("restartCount", 0)
        for each in cluster.objects.all("Pod", NAMESPACE)
    ))  # fmt: skip


def test_a_commit_that_makes_a_container_crash_is_explained_without_the_secret(
    options, environment, origin, argocd, crashing
):  # fmt: skip
    tried = {"phase": "Failed", "message": "one or more tasks failed"}
    original = argocd.sync
    argocd.sync = lambda: (argocd.outcome.update(
        {"operationState": {**tried, "syncResult": {"revision": origin.tip}}}
    ), original())  # fmt: skip
    with pytest.raises(DeployError) as raised:
        deploy_environment(options, environment)
    told = str(raised.value)
    assert "deployment/webapp:" in told
    assert "ValueError: ***" in told
    assert SENTINEL not in told


def test_what_containers_print_is_left_out_where_secrets_are_not_known(cluster, environment, crashing):
    wanted = objects(render(environment))
    with connect_cluster() as api:
        told = "\n".join(Explaining(api, NAMESPACE, wanted, lambda: False)())
        shown = "\n".join(Explaining(api, NAMESPACE, wanted, lambda: True)())
    assert "deployment/webapp:" in told
    assert SENTINEL not in told
    assert SENTINEL in shown


def test_nothing_is_explained_to_who_may_not_look(cluster, environment, tmp_path, monkeypatch, crashing):
    cluster.users.add("reader", "reader", Rule(("get",), ("applications",), ("argoproj.io",)))
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "reader", "reader")))
    with connect_cluster() as api:
        assert Explaining(api, NAMESPACE, objects(render(environment)), lambda: True)() == []
        assert live_values(api, environment) is None


def test_secrets_of_the_cluster_or_of_who_deploys_are_enough_to_show_a_log(
    environment, project, monkeypatch, crashing
):  # fmt: skip
    with connect_cluster() as api:
        known = Known(environment, str(project), live_values(api, environment))
    assert known.is_complete()
    assert known.mask()(SENTINEL) == "***"
    for name in environment.secrets:
        monkeypatch.delenv(name, raising=False)
    assert not Known(environment, str(project), None).is_complete()
    monkeypatch.setenv("DJANGO_SECRET_KEY", "another-secret")
    assert Known(environment, str(project), None).mask()("another-secret") == "***"
    assert not Known(environment, str(project), None).is_complete()
