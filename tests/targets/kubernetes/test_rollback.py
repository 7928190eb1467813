"""Going back to a release that served before."""

from __future__ import annotations

import pytest

from cluster_user import IMAGE, image_of


def serves(user):
    return image_of(user.there("Deployment", "webapp")).rpartition(":")[2]


def test_a_rollback_lets_the_release_before_serve_and_runs_no_job(twice_deployed):
    deployed = twice_deployed
    jobs = deployed.names("Job")
    done = deployed.run("rollback", "--yes")
    assert done.code == 0, done.text
    assert f"back to release 1, {IMAGE}:1.0.0" in done.out
    assert "the database was left as it is" in done.out
    assert serves(deployed) == "1.0.0"
    assert deployed.there("ConfigMap", "webapp")["data"]["COLOUR"] == "red"
    assert not {*deployed.names("Job")} - {*jobs}
    last = deployed.history()[-1]
    assert (last["release"], last["result"], last["of"]) == ("3", "rolled back", "1")


def test_a_rollback_goes_to_the_release_that_is_named(thrice_deployed):
    deployed = thrice_deployed
    assert deployed.run("rollback", "1", "--yes").code == 0
    assert serves(deployed) == "1.0.0"
    assert deployed.run("rollback", "3", "--yes").code == 0
    assert serves(deployed) == "3.0.0"


def test_a_rollback_of_a_rollback_goes_one_further(thrice_deployed):
    deployed = thrice_deployed
    assert deployed.run("rollback", "--yes").code == 0
    assert serves(deployed) == "2.0.0"
    assert deployed.run("rollback", "--yes").code == 0
    assert serves(deployed) == "1.0.0"
    done = deployed.run("rollback", "--yes")
    assert (done.code, "no release before" in done.err) == (1, True)


def test_a_release_that_was_rolled_back_to_counts_as_the_one_that_it_is_of(thrice_deployed):
    deployed = thrice_deployed
    deployed.run("rollback", "2", "--yes")
    deployed.run("rollback", "4", "--yes")  # which is 2 again
    assert deployed.history()[-1]["of"] == "2"
    deployed.run("rollback", "--yes")
    assert serves(deployed) == "1.0.0"


def test_what_a_later_release_brought_goes_and_what_it_took_away_comes_back(with_database):
    user = with_database
    user.write()
    user.deployed()
    user.until(lambda: user.get("StatefulSet", "postgresql") is None)
    assert user.run("rollback", "--yes").code == 0
    assert user.there("StatefulSet", "postgresql")["status"]["readyReplicas"] == 1
    assert "StatefulSet.apps" in kinds_of_parent(user)
    user.write(database=True)
    assert user.run("diff").code == 0
    assert user.run("rollback", "2", "--yes").code == 0
    user.until(lambda: user.get("StatefulSet", "postgresql") is None)
    assert user.get("PersistentVolumeClaim", "postgresql")


def kinds_of_parent(user):
    parent = user.there("ConfigMap", "kkinfra-shop-test")
    return parent["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"]


def test_a_deploy_after_a_rollback_is_a_new_release(twice_deployed):
    deployed = twice_deployed
    deployed.run("rollback", "--yes")
    done = deployed.deployed()
    assert "deployed 4 in" in done.out
    assert serves(deployed) == "2.0.0"


def test_a_dry_run_of_a_rollback_changes_nothing(twice_deployed):
    deployed = twice_deployed
    before = deployed.versions()
    done = deployed.run("rollback", "--dry-run")
    assert (done.code, "back to release 1" in done.out) == (0, True)
    assert deployed.versions() == before


@pytest.mark.parametrize("wanted", ["7", "x"])
def test_a_release_that_is_not_there_is_refused_with_those_that_are(deployed, wanted):
    done = deployed.run("rollback", wanted, "--yes")
    assert done.code == 1
    assert f"no release {wanted} that served; the history has: 1" in done.err


@pytest.mark.double_only
def test_a_rollback_that_does_not_become_healthy_is_in_the_history(twice_deployed):
    deployed = twice_deployed
    deployed.double.behave("webapp", "ImagePullBackOff", image=f"{IMAGE}:1.0.0")
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr("kkinfra.targets.kubernetes.apply.deployment._RETURN_SECONDS", 1.0)
        done = deployed.run("rollback", "--yes", "--timeout", "1")
    assert (done.code, f"cannot pull {IMAGE}:1.0.0" in done.err) == (1, True)
    assert deployed.history()[-1]["result"] == "failed"
    assert deployed.run("rollback", "2", "--yes").code == 0
    assert serves(deployed) == "2.0.0"
