"""The history of an environment in its cluster, and going back in it."""

from __future__ import annotations

from cluster_user import image_of
from kkinfra.targets.kubernetes.plan import history


def serves(user):
    return image_of(user.there("Deployment", "webapp")).rpartition(":")[2]


def test_only_the_last_few_releases_are_kept(thrice_deployed, monkeypatch):
    deployed = thrice_deployed
    monkeypatch.setattr(history, "KEPT", 2)
    deployed.write(tag="4.0.0")
    deployed.deployed()
    assert [each["release"] for each in deployed.history()] == ["3", "4"]
    assert deployed.run("rollback", "--yes").code == 0
    assert serves(deployed) == "3.0.0"


def test_a_config_map_that_is_no_release_is_named(deployed):
    labels = {history.LABEL: "9"}
    deployed.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd", "labels": labels}})
    done = deployed.run("history")
    assert (done.code, "configmap/odd is no release that kkinfra wrote" in done.err) == (1, True)


def test_the_history_of_nothing_says_so(user):
    assert "nothing was deployed yet" in user.run("history").out
    assert user.history() == []
