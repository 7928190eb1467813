"""Argo CD is followed through the API server until a commit serves, and never in silence."""

from __future__ import annotations

import pytest

from cluster_double import Rule
from kkinfra.errors import ClusterError, DeployError
from kkinfra.targets.gitops.argocd.following import FollowedApplication
from kkinfra.targets.kubernetes.client.api import connect_cluster

WANTED, OLD = "b" * 40, "a" * 40
NAME = "shop"
REFRESH = "argocd.argoproj.io/refresh"


def status(revision: str = WANTED, sync: str = "Synced", health: str = "Healthy", **more) -> dict:
    return {"sync": {"status": sync, "revision": revision}, "health": {"status": health}, **more}


@pytest.fixture
def told() -> list[str]:
    return []


class Clock:
    """Time that passes only while somebody sleeps; what is planned happens then."""

    def __init__(self) -> None:
        self.now = 0.0
        self.planned = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        while self.planned and self.planned[0][0] <= self.now:
            self.planned.pop(0)[1]()


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("kkinfra.targets.gitops.argocd.following.time", made)
    return made


@pytest.fixture
def following(cluster, told, clock):
    meta = {"name": NAME, "namespace": "argocd"}
    cluster.objects.create({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": meta, "spec": {},
        "status": status(OLD),
    })  # fmt: skip
    with connect_cluster() as api:
        yield FollowedApplication(api, "argocd", NAME, lambda revision: revision == WANTED, 3, told.append, grace=0.3)


def becomes(cluster, **patch) -> None:
    cluster.objects.patch("Application", NAME, "argocd", patch, manager="argocd-application-controller")


def later(cluster, clock, *steps: dict) -> None:
    for number, step in enumerate(steps, 1):
        clock.planned.append((0.15 * number, lambda step=step: becomes(cluster, status=step)))


def test_it_returns_once_the_commit_is_synced_and_healthy(following, cluster, clock, told):
    running = {"phase": "Running", "message": "waiting for healthy state of apps/Deployment/webapp"}
    later(cluster, clock, status(sync="OutOfSync"), status(operationState=running), status(operationState=None))
    found = following.until_healthy()
    assert found["status"]["sync"]["revision"] == WANTED
    assert any("waiting until Argo CD has seen the commit" in line for line in told)


def test_argo_cd_is_asked_to_look_at_once(following, cluster):
    becomes(cluster, status=status())
    following.until_healthy()
    found = cluster.objects.get("Application", NAME, "argocd")
    assert found["metadata"]["annotations"][REFRESH] == "normal"
    assert any(each.method == "PATCH" and "merge-patch" in each.content_type for each in cluster.requests)


def test_who_may_not_ask_waits_and_is_told(cluster, following, tmp_path, monkeypatch, told):
    read = Rule(("get",), ("applications",), ("argoproj.io",), "argocd")
    cluster.users.add("reader", "reader", read)
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(tmp_path / "reader", "reader")))
    becomes(cluster, status=status())
    with connect_cluster() as api:
        following.api = api
        following.until_healthy()
    assert any("within 3 minutes" in line for line in told)


def test_poor_health_that_stays_is_a_failure_that_is_explained(following, cluster):
    becomes(cluster, status=status(health="Degraded", resources=[
        {"kind": "Deployment", "name": "webapp", "status": "Synced", "health": {"status": "Degraded", "message": "no"}}
    ]))  # fmt: skip
    following.explain = lambda: ["deployment/webapp: 0 of 2 ready", "  the image is not there"]
    with pytest.raises(DeployError) as raised:
        following.until_healthy()
    assert "shop is in trouble: synced, Degraded" in str(raised.value)
    assert "  deployment/webapp is degraded: no" in str(raised.value)
    assert "the image is not there" in str(raised.value)
    assert "rollback" in str(raised.value)


def test_poor_health_of_what_ran_before_may_pass(following, cluster, clock):
    becomes(cluster, status=status(health="Degraded"))
    following.grace = 2
    later(cluster, clock, status())
    following.until_healthy()


def test_standing_still_ends_it(following, cluster):
    following.seconds = 0.5
    with pytest.raises(DeployError, match=r"is not there after 0 s|is not there after 1 s"):
        following.until_healthy()


def test_moving_on_gives_it_more_time(following, cluster, clock):
    following.seconds = 0.5
    waiting = [{"phase": "Running", "message": f"waiting for wave {number}"} for number in range(6)]
    later(cluster, clock, *(status(operationState=each) for each in waiting), status(operationState=None))
    following.until_healthy()
    assert clock.now > following.seconds


def test_a_stumbling_server_is_asked_again(following, cluster):
    becomes(cluster, status=status())
    cluster.faults.refuse(503, 2, path="/applications/")
    cluster.faults.cut(1, path="/applications/")
    following.until_healthy()


def test_a_missing_definition_is_no_application(cluster, told):
    cluster.objects.delete("CustomResourceDefinition", "applications.argoproj.io")
    with connect_cluster() as api, pytest.raises(ClusterError, match="bootstrap"):
        FollowedApplication(api, "argocd", NAME, bool, 1, told.append).until_healthy()
