"""The lock of an environment: one deploy at a time, a holder that is gone, and a lock that is taken away."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.apply.lock import acquire, locked
from kkinfra.targets.kubernetes.client import api
from kkinfra.targets.protocol.lock import LockHolder

HOLDER = LockHolder("ann@example", "deploy of test", 0.0, "deployment/webapp", run="run-of-another")


def hold(user, holder=HOLDER):
    return acquire(user.api, user.namespace, holder, 0, lambda _: None)


def test_a_deploy_is_refused_while_another_is_at_work_and_told_whose_it_is(deployed):
    hold(deployed)
    deployed.write(colour="blue")
    before = deployed.versions()
    done = deployed.deploy()
    assert done.code == 1
    assert re.search(r"ann@example \(deploy of test since 20[^)]* UTC, now: deployment/webapp\)", done.err)
    assert "still holds the lock; nothing was changed" in done.err
    assert deployed.versions() == before


def test_a_deploy_that_waits_goes_on_once_the_lock_is_free(deployed, monkeypatch):
    hold(deployed)
    deployed.write(colour="blue")

    def freed_meanwhile(_seconds):
        lock.take_away(deployed.api, deployed.namespace)

    monkeypatch.setattr(lock, "time", SimpleNamespace(monotonic=time.monotonic, sleep=freed_meanwhile))
    done = deployed.deployed("--lock-wait", "60")
    assert "waiting for ann@example" in done.err
    assert "deployed 2 in" in done.out


def test_a_deploy_that_waits_gives_up_in_time(deployed):
    hold(deployed)
    deployed.write(colour="blue")
    done = deployed.deploy("--lock-wait", "1")
    assert (done.code, "still holds the lock after 1 s" in done.err) == (1, True)


def test_of_two_deploys_at_once_one_wins(deployed):
    won, barrier, refused = [], threading.Barrier(2), threading.Event()

    def run(name):
        barrier.wait()
        try:
            with locked(deployed.api, deployed.namespace, LockHolder(name, "a deploy", 0.0, run=name)):
                won.append(name)
                refused.wait(60)
        except ClusterError as error:
            assert "still holds the lock" in str(error)  # noqa: PT017 - the other one raises nothing
            refused.set()

    both = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    [each.start() for each in both]
    [each.join() for each in both]
    assert len(won) == 1


@pytest.mark.double_only  # a real cluster does not say how long it takes
def test_of_two_commands_at_once_one_deploys_and_the_other_names_it_and_changes_nothing(deployed):
    deployed.double.controllers.paused = True  # until the other one is refused
    deployed.write(colour="blue")
    both = [
        subprocess.Popen(
            [sys.executable, "-m", "kkinfra", "deploy", "test", "--yes"],
            env=deployed.variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    deployed.until(lambda: any(each.poll() is not None for each in both), 120)
    deployed.double.controllers.paused = False
    said = [each.communicate(timeout=120) for each in both]
    (won, _), (lost, told) = sorted(((each.returncode, err) for each, (_, err) in zip(both, said, strict=True)))
    assert (won, lost) == (0, 1), said
    assert "(deploy of test since 20" in told
    assert "still holds the lock; nothing was changed" in told
    assert [each["release"] for each in deployed.history()] == ["1", "2"]


def test_the_lock_of_a_holder_that_is_gone_ends(deployed, monkeypatch):
    monkeypatch.setattr(lock, "SECONDS", 1)
    hold(deployed)
    monkeypatch.undo()
    deployed.write(colour="blue")
    deployed.deployed("--lock-wait", "60")


def test_the_lock_is_free_after_a_deploy_and_after_one_that_failed(deployed):
    assert "is free" in deployed.run("lock", "status").out
    deployed.edit("ConfigMap", "webapp", {"data": {"COLOUR": "green"}})
    assert deployed.deploy().code == 1
    assert "is free" in deployed.run("lock", "status").out


def test_whoever_holds_it_is_told_and_it_can_be_taken_away(deployed):
    hold(deployed)
    told = deployed.run("lock", "status")
    assert (told.code, "locked by ann@example (deploy of test" in told.out) == (0, True)
    assert deployed.run("lock", "status", "-o", "json").json()["held"] is True
    assert "locked by ann@example" in deployed.run("status").out
    assert "released; it was held by ann@example" in deployed.run("lock", "release").out
    assert "is free" in deployed.run("lock", "release").out
    deployed.write(colour="blue")
    deployed.deployed()


def wrong_clock(monkeypatch, ahead):
    """That of whoever deploys, and not the server's."""
    clock = SimpleNamespace(time=lambda: time.time() + ahead, sleep=time.sleep)
    monkeypatch.setattr(api, "time", clock)


def test_a_clock_that_is_wrong_takes_nobodys_lock(deployed, monkeypatch):
    """Times are those of the server."""
    hold(deployed)
    wrong_clock(monkeypatch, 3600)
    deployed.api.get(lock._KIND, deployed.namespace, lock.NAME)  # hears the server's time
    status = lock.look(deployed.api, deployed.namespace)
    assert status.held
    assert status.holder is not None
    assert abs(time.time() - status.holder.since) < 600


def test_a_lock_that_a_wrong_clock_writes_is_as_long_as_any(deployed, monkeypatch):
    wrong_clock(monkeypatch, -3600)
    deployed.api.get(lock._KIND, deployed.namespace, lock.NAME)
    hold(deployed)
    monkeypatch.undo()
    deployed.api.get(lock._KIND, deployed.namespace, lock.NAME)
    assert lock.look(deployed.api, deployed.namespace).held


def test_a_holder_renews_it(deployed, monkeypatch):
    monkeypatch.setattr(lock, "_RENEW_SECONDS", 0.1)
    with locked(deployed.api, deployed.namespace, HOLDER) as held:
        held.phase("job/migration")
        first = renewed(deployed)
        deployed.until(lambda: renewed(deployed) > first)
        deployed.until(lambda: (lock.look(deployed.api, deployed.namespace).holder or HOLDER).phase == "job/migration")
        held.require()


def renewed(user):
    return datetime.fromisoformat(user.there("Lease", lock.NAME)["spec"]["renewTime"]).astimezone(UTC)


@pytest.mark.double_only
def test_a_run_whose_lock_is_taken_away_stops_and_changes_nothing_more(deployed, monkeypatch):
    monkeypatch.setattr(lock, "_RENEW_SECONDS", 0.1)
    deployed.double.behave("registry.example.org/shop:2.0.0", "Slow", container="migration", seconds=60)
    deployed.write(tag="2.0.0")
    webapp = deployed.there("Deployment", "webapp")["metadata"]["generation"]

    def take():
        deployed.until(lambda: len(deployed.names("Job")) == 2)
        lock.take_away(deployed.api, deployed.namespace)

    assert deployed.api
    thief = threading.Thread(target=take)
    thief.start()
    done = deployed.deploy()
    thief.join()
    assert done.code == 1
    assert "the lock was lost" in done.err
    assert "the lock is not this deploy's any more" in done.err
    assert deployed.there("Deployment", "webapp")["metadata"]["generation"] == webapp


@pytest.mark.double_only
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(("method", "path"), [("POST", "/leases$"), ("PUT", "/leases/")])
def test_a_lock_whose_answer_was_lost_is_held(user, method, path, after):
    if method == "PUT":
        user.deployed()
    user.double.faults.cut(method=method, path=path, after=after)
    user.write(colour="blue")
    user.deployed()
    assert "is free" in user.run("lock", "status").out
