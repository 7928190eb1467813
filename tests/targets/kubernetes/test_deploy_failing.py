"""Deploys that do not become healthy: the cause is named, and the release before serves again."""

from __future__ import annotations

import time

import pytest

from cluster_user import IMAGE, image_of
from kkinfra.targets.kubernetes.apply import waiting

pytestmark = pytest.mark.double_only
NEW = f"{IMAGE}:2.0.0"
OLD = f"{IMAGE}:1.0.0"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """What is hopeless is told as such at once."""
    monkeypatch.setattr(waiting, "_GRACE_SECONDS", 0.3)
    monkeypatch.setattr(waiting, "_LOOK_SECONDS", 0.1)


def fails(user, mode, name="webapp", tag="2.0.0", **how):
    """Deploy another image, whose pods behave so; the message, once the release before serves again."""
    user.double.behave(name, mode, image=f"{IMAGE}:{tag}", **how)
    user.write(tag=tag)
    done = user.deploy("--timeout", "4")
    assert done.code == 1
    return done.err


def serves(user, image, number):
    webapp = user.there("Deployment", "webapp")
    assert image_of(webapp) == image
    assert webapp["status"]["availableReplicas"] == webapp["status"]["updatedReplicas"] == 1
    found = [each["release"] for each in user.history() if each["result"] in ("deployed", "rolled back")]
    assert found[-1] == str(number)


@pytest.mark.parametrize(
    ("mode", "how", "cause"),
    [
        ("ImagePullBackOff", {"message": "manifest unknown"}, f"cannot pull {NEW}: "),
        ("CrashLoopBackOff", {"exit_code": 3, "log": "no such table\n"}, "ended with exit code 3"),
        ("OOMKilled", {}, "was killed at its memory limit of"),
        ("ConfigError", {"message": 'secret "login" not found'}, 'cannot be made: secret "login" not found'),
        ("Unschedulable", {"message": "0/3 nodes are available: 3 Insufficient cpu."}, "no node takes it: 0/3 nodes"),
        ("Quota", {"message": "exceeded quota: shop, requested: pods=1"}, "the quota of the namespace takes no more"),
        ("NotReady", {}, "runs, and is not ready"),
    ],
)
def test_the_cause_is_named_and_the_release_before_serves_again(deployed, mode, how, cause):
    said = fails(deployed, mode, **how)
    assert "deployment/webapp is not ready" in said
    assert cause in said
    assert "release 1 serves again" in said
    serves(deployed, OLD, 1)


def test_the_last_lines_of_what_crashed_are_shown(deployed):
    assert "| no such table: users" in fails(deployed, "CrashLoopBackOff", log="starting\nno such table: users\n")


def test_what_is_hopeless_is_not_waited_for(deployed):
    deployed.double.behave("webapp", "ConfigError", image=NEW)
    deployed.write(tag="2.0.0")
    done = deployed.deploy("--timeout", "60")
    assert (done.code, "release 1 serves again" in done.err) == (1, True)


def test_a_hopeless_pod_of_the_release_that_failed_is_not_held_against_the_one_before(deployed, monkeypatch):
    monkeypatch.setattr(waiting, "_GRACE_SECONDS", 0)
    monkeypatch.setattr(waiting, "_LOOK_SECONDS", 0)
    deployed.double.pace.step = 0.5  # it is still there when the release before is looked at
    assert "release 1 serves again" in fails(deployed, "ConfigError", message='secret "login" not found')
    serves(deployed, OLD, 1)


def test_the_history_says_that_it_failed_and_why(deployed):
    fails(deployed, "OOMKilled")
    failed = deployed.history()[-1]
    assert (failed["release"], failed["result"]) == ("2", "failed")
    assert "memory limit" in failed["why"]
    assert "failed" in deployed.run("history").out


def test_what_the_failed_release_brought_is_taken_away_again(deployed):
    deployed.double.behave("celery-worker", "NotReady")
    deployed.write(celery=True)
    done = deployed.deploy("--timeout", "1")
    assert done.code == 1
    deployed.until(lambda: deployed.names("Deployment") == ["webapp"])
    assert "celery-worker" not in deployed.names("ConfigMap")


def test_a_first_deploy_that_fails_stays_for_people_to_look_at(user):
    user.double.behave("webapp", "CrashLoopBackOff")
    done = user.deploy("--timeout", "1")
    assert done.code == 1
    assert "there was no release before" in done.err
    assert user.names("Deployment") == ["webapp"]
    user.double.behave("webapp", "Healthy")
    user.write(tag="1.0.1")
    assert "deployed 2 in" in user.deployed().out


def test_a_part_that_is_unwell_is_waited_for_although_nothing_changes(deployed):
    deployed.double.behave("webapp", "NotReady")
    deployed.until(lambda: not deployed.there("Deployment", "webapp")["status"].get("availableReplicas"))
    done = deployed.deploy("--timeout", "1")
    assert done.code == 1
    assert "nothing changes" in done.out
    assert "deployment/webapp is not ready after 1 s" in done.err
    assert "release 1 is the same" in done.err


def test_a_failing_migration_leaves_what_serves_untouched(deployed):
    before = deployed.there("Deployment", "webapp")
    deployed.double.behave(NEW, "CrashLoopBackOff", container="migration", log="column exists already\n")
    deployed.write(tag="2.0.0")
    done = deployed.deploy("--timeout", "1")
    assert done.code == 1
    assert "job/migration-" in done.err
    assert "| column exists already" in done.err
    assert deployed.there("Deployment", "webapp")["metadata"]["generation"] == before["metadata"]["generation"]
    serves(deployed, OLD, 1)


def test_a_hanging_migration_is_ended_by_its_deadline_and_leaves_what_serves_untouched(deployed):
    before = deployed.there("Deployment", "webapp")
    deployed.double.pace.deadlines = 0.01  # of the minute that the migration may take
    deployed.double.behave(NEW, "Hangs", container="migration")
    deployed.write(tag="2.0.0")
    done = deployed.deploy("--timeout", "1")
    assert done.code == 1
    assert "activeDeadlineSeconds" in done.err
    assert deployed.there("Deployment", "webapp")["metadata"]["generation"] == before["metadata"]["generation"]


def test_a_migration_whose_image_cannot_be_pulled_is_not_waited_for_as_long_as_it_may_work(deployed):
    deployed.double.behave(NEW, "ImagePullBackOff", container="wait-for-migration", message="manifest unknown")
    deployed.double.behave(NEW, "ImagePullBackOff", container="migration", message="manifest unknown")
    deployed.write(tag="2.0.0")
    began = time.monotonic()
    done = deployed.deploy("--timeout", "1")
    assert done.code == 1
    assert "job/migration-" in done.err
    assert f"cannot pull {NEW}: " in done.err
    assert time.monotonic() - began < 60
    serves(deployed, OLD, 1)


def test_a_migration_may_take_longer_than_other_parts_may(deployed):
    deployed.double.behave(NEW, "Slow", container="migration", seconds=4)
    deployed.write(tag="2.0.0")
    deployed.deployed("--timeout", "3")


def test_a_job_that_failed_runs_again_with_the_next_deploy(user):
    user.double.behave(OLD, "CrashLoopBackOff", container="migration")
    assert user.deploy("--timeout", "1").code == 1
    (failed,) = user.double.objects.all("Job", user.namespace)
    user.double.behave(OLD, "Healthy")
    plan = user.run("diff")
    assert f"~ job/{failed['metadata']['name']}: failed, and runs once more" in plan.out
    user.deployed()
    (again,) = user.double.objects.all("Job", user.namespace)
    assert again["metadata"]["name"] == failed["metadata"]["name"]
    assert again["metadata"]["uid"] != failed["metadata"]["uid"]


def database_of(user, version):
    """Another release of the database; pods of version 16 never become ready."""
    user.double.behave("postgres:16", "NotReady")
    user.write(database=True)
    spec = user.home / "environments.yaml"
    spec.write_text(spec.read_text().replace('version: "15"', f'version: "{version}"'))


def test_a_stateful_set_that_is_stuck_on_a_broken_revision_is_freed(with_database):
    """https://github.com/kubernetes/kubernetes/issues/67250."""
    user = with_database
    since = len(user.double.requests)
    database_of(user, 16)
    done = user.deploy("--timeout", "1")
    assert done.code == 1
    assert "statefulset/postgresql is not ready after 1 s" in done.err
    assert "release 1 serves again" in done.err
    deleted = [each.path.rpartition("/")[2] for each in user.double.requests[since:] if each.method == "DELETE"]
    assert "postgresql-0" in deleted
    assert image_of(user.there("Pod", "postgresql-0")).startswith("postgres:15")


def test_a_deploy_that_corrects_a_stuck_stateful_set_frees_it(user):
    database_of(user, 16)
    assert user.deploy("--timeout", "1").code == 1
    database_of(user, 15)
    user.deployed("--timeout", "10")
    assert image_of(user.there("Pod", "postgresql-0")).startswith("postgres:15")


def test_nothing_is_told_as_an_error_twice(deployed):
    said = fails(deployed, "OOMKilled")
    assert said.count("was killed at its memory limit") == 1
    assert said.count("error:") == 1
