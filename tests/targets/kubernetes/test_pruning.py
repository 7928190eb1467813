"""What is not rendered any more: it goes, but for what holds data or is another's; and nothing is left by a rename."""

from __future__ import annotations

import pytest

from cluster_user import kind_of
from kkinfra.errors import ClusterError


def is_gone(user, kind, name):
    return lambda: user.get(kind, name) is None


def test_what_is_not_rendered_any_more_is_shown_and_goes(with_database):
    user = with_database
    user.write()
    plan = user.run("diff")
    assert plan.code == 2
    for name in ("statefulset/postgresql", "service/postgresql"):
        assert f"- {name}: is not rendered any more" in plan.out
    user.deployed()
    user.until(is_gone(user, "StatefulSet", "postgresql"))
    user.until(is_gone(user, "Service", "postgresql"))
    user.settled()
    assert user.run("diff").code == 0


def test_claims_and_volumes_stay_and_are_told_until_they_are_named(with_database):
    user = with_database
    user.write()
    done = user.deployed()
    assert "persistentvolumeclaim/postgresql is not rendered any more, and stays: holds data" in done.out
    assert f"persistentvolume/{user.namespace}-postgresql is not rendered any more, and stays: holds data" in done.out
    assert user.get("PersistentVolumeClaim", "postgresql")
    again = user.deployed()
    assert "persistentvolumeclaim/postgresql is not rendered any more, and stays" in again.out
    user.deployed("--prune", "persistentvolumeclaim/postgresql")
    user.until(is_gone(user, "PersistentVolumeClaim", "postgresql"))
    assert user.api.get(kind_of("PersistentVolume"), "", f"{user.namespace}-postgresql")


def test_a_strangers_object_stays(deployed):
    deployed.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}, "data": {"A": "1"}})
    deployed.write(colour="blue")
    done = deployed.deployed()
    assert "configmap/mine" not in done.text
    assert deployed.get("ConfigMap", "mine")


def test_a_copy_that_somebody_made_of_a_member_stays_and_is_told(deployed):
    labels = deployed.there("ConfigMap", "webapp")["metadata"]["labels"]
    deployed.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "copy", "labels": labels}})
    done = deployed.run("diff")
    assert "configmap/copy is not rendered any more, and stays: was made by somebody else" in done.out
    assert done.code == 0


def test_the_parent_names_a_kind_until_its_last_member_is_gone(with_database):
    user = with_database
    assert "StatefulSet.apps" in kinds_of_parent(user)
    user.write()
    user.deployed()
    assert "StatefulSet.apps" not in kinds_of_parent(user)
    assert "PersistentVolumeClaim" in kinds_of_parent(user)  # one stays


@pytest.mark.double_only
def test_a_kind_is_still_named_while_its_members_are_deleted(with_database):
    user = with_database
    user.write()
    since = len(user.double.requests)
    user.deployed()
    asked = user.double.requests[since:]
    parents = [
        (at, b"StatefulSet.apps" in each.body)
        for at, each in enumerate(asked)
        if each.path.endswith("/kkinfra-shop-test") and each.method == "PATCH"
    ]
    deleted = next(at for at, each in enumerate(asked) if each.method == "DELETE" and "statefulsets" in each.path)
    assert [named for at, named in parents if at < deleted] == [True]
    assert [named for at, named in parents if at > deleted] == [False]


def kinds_of_parent(user):
    found = user.there("ConfigMap", "kkinfra-shop-test")
    return found["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"].split(",")


@pytest.mark.parametrize("names", [{"environment": "stage"}, {"project": "store"}])
def test_a_rename_of_project_or_environment_is_refused(deployed, names):
    deployed.write(**names)
    before = deployed.versions()
    environment = names.get("environment", "test")
    for words in (("diff",), ("deploy", "--yes")):
        done = deployed.run(*words, environment=environment)
        assert done.code == 1
        assert "renamed?" in done.err
        assert "kkinfra-shop-test" in done.err
    assert deployed.versions() == before


def test_an_object_that_was_made_anew_since_it_was_looked_at_is_not_deleted(deployed):
    """The deletion names the object's uid."""
    deployed.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}})
    with pytest.raises(ClusterError, match="UID"):
        deployed.api.delete(kind_of("ConfigMap"), deployed.namespace, "mine", uid="another")
    assert deployed.get("ConfigMap", "mine")


def test_a_name_that_would_not_be_pruned_anyhow_is_refused_with_what_would(with_database):
    user = with_database
    user.write()
    done = user.deploy("--prune", "persistentvolumeclaim/postgres")
    assert done.code == 1
    assert (
        "--prune persistentvolumeclaim/postgres: that is not among what is there and not rendered any more" in done.err
    )
    assert "persistentvolumeclaim/postgresql, " in done.err
    assert user.get("StatefulSet", "postgresql")
    user.write(database=True)
    assert "that is: nothing" in user.deploy("--prune", "persistentvolumeclaim/postgresql").err
