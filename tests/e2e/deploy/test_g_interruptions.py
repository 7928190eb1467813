"""A deploy that is interrupted, on either side, at any step: what served serves on, and the next deploy puts it right."""

from __future__ import annotations

import signal

import pytest

from deployer import ENVIRONMENT
from interruptions import assert_converged, kill_deployer, lock_status, other, watch
from onlooker import answered_throughout

INTERRUPTED = 130
STEPS = (
    "volumes", "static-files", "migration", "webapp-", "stop", "switch", "start", "celery-worker", "drain",
)  # fmt: skip
"""Those of a deploy of another image, as they begin one after the other."""


@pytest.fixture(scope="module")
def host(deployer, machine):
    machine.root("docker tag nginx:1.22 certbot/certbot:v5.8.0")
    deployer.write("a", {"tls": None})
    deployer.serve("a")
    return deployer


@pytest.mark.parametrize("step", STEPS)
def test_the_host_goes_on_by_itself_when_the_deployer_is_killed(host, machine, step):
    wanted = other(host.serving())
    with answered_throughout(machine):
        watched = watch(machine, step)
        deploying = host.start(*host.deploying(wanted))
        run = watched.run()
        kill_deployer(deploying)
        assert run.end()["result"] == "deployed"
    assert_converged(host, wanted)


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_on_the_host_is_put_right_by_the_next(host, machine, step):
    before = host.serving()
    with answered_throughout(machine):
        watched = watch(machine, step, kill="run")
        done = host.deploy(other(before))
        run = watched.run()
        assert done.returncode == 1
        assert f"ended on the host without a word, in step {run.step}" in done.stderr
        is_asked = any(line.get("step") == "switch" for line in run.lines())
        assert is_asked or host.serving() == before
        due = other(before) if any(line["kind"] == "committed" for line in run.lines()) else before
        assert lock_status(host)["left_by"]["run"] == run.name
        again = host.deploy(due)
        assert again.returncode == 0, again.stderr
        assert f"run {run.name} was cut off in step {run.step}; it is put right first" in again.stdout
    assert_converged(host, due)
    line = next(line for line in host.history() if line["run"] == run.name)
    assert line["result"] == ("failed" if due == before else "deployed")
    assert line["why"].startswith(f"cut off in step {run.step}; ")


def test_a_run_that_is_killed_while_it_puts_another_right_is_put_right_as_well(host, machine):
    before = host.serving()
    with answered_throughout(machine):
        for step in ("stop", "undo"):
            watched = watch(machine, step, kill="run")
            assert host.deploy(other(before)).returncode == 1
            watched.run()
        assert host.deploy(other(before)).returncode == 0
    assert_converged(host, other(before))


def test_a_rollback_that_is_killed_on_the_host_is_put_right_by_the_next(host, machine):
    before = host.serving()
    with answered_throughout(machine):
        watched = watch(machine, "start", kill="run")
        done = host.run("rollback", ENVIRONMENT, "--yes")
        run = watched.run()
        assert done.returncode == 1
        assert f"in step {run.step} " in done.stderr
        assert host.run("rollback", ENVIRONMENT, "--yes").returncode == 0
    assert_converged(host, other(before))


def test_ctrl_c_before_the_switch_lets_the_host_go_back(host, machine):
    before = host.serving()
    with answered_throughout(machine) as onlooker:
        watched = watch(machine, "webapp-")
        deploying = host.start(*host.deploying(other(before)))
        run = watched.run()
        deploying.send_signal(signal.SIGINT)
        told = deploying.communicate(timeout=200)[1]
        assert deploying.returncode == INTERRUPTED
        assert "asking the host to stop (Ctrl-C again leaves it to itself)" in told
        assert "interrupted: somebody asked it to stop" in told
        assert told.rstrip().endswith(" serves on")
        assert run.end()["error_kind"] == "cancelled"
    assert onlooker.releases == [before]
    assert_converged(host, before)


def test_ctrl_c_is_too_late_once_the_release_serves(host, machine):
    before = host.serving()
    with answered_throughout(machine):
        watched = watch(machine, "committed")
        deploying = host.start(*host.deploying(other(before)))
        run = watched.run()
        deploying.send_signal(signal.SIGINT)
        told = deploying.communicate(timeout=200)[1]
        assert deploying.returncode == INTERRUPTED
        assert "interrupted: the release serves; it was too late to go back" in told
        assert run.end()["ok"]
    assert_converged(host, other(before))


def test_ctrl_c_twice_leaves_the_host_to_itself(host, machine):
    before = host.serving()
    with answered_throughout(machine):
        watched = watch(machine, "webapp-")
        deploying = host.start(*host.deploying(other(before)))
        run = watched.run()
        deploying.send_signal(signal.SIGINT)
        run.comes_to("undo")
        deploying.send_signal(signal.SIGINT)
        told = deploying.communicate(timeout=20)[1]
        assert deploying.returncode == INTERRUPTED
        assert "interrupted; the host goes on by itself: see `kkinfra status ENV`" in told
        assert not run.end()["ok"]
    assert_converged(host, before)


def test_ctrl_c_before_anything_was_begun_begins_nothing(host, machine):
    before, ended = host.serving(), host.history()
    deploying = host.start(*host.deploying(other(before)))
    first = deploying.stderr.readline()
    assert "looking at" in first
    deploying.send_signal(signal.SIGINT)
    told = deploying.communicate(timeout=60)[1]
    assert (deploying.returncode, told) == (INTERRUPTED, "interrupted\n")
    assert host.history() == ended
    assert_converged(host, before)


@pytest.mark.parametrize("step", ["start", "drain"])
def test_a_host_that_restarts_in_the_middle_puts_itself_right(host, machine, step):
    before = host.serving()
    serves = other(before) if step == "drain" else before
    watched = watch(machine, step)
    deploying = host.start(*host.deploying(other(before)))
    run = watched.run()
    machine.reboot()
    assert host.comes_to_serve(serves, 60)
    with answered_throughout(machine):
        assert run.end()["error_kind"] == "cut off"
        told = deploying.communicate(timeout=200)[1]
        assert deploying.returncode == 1
        assert f"in step {run.step}" in told
        line = host.history()[-1]
        assert (line["run"], line["result"]) == (run.name, "deployed" if step == "drain" else "failed")
        machine.root("systemctl is-active --quiet multi-user.target; systemctl show --property Result kkambbaki-production-recover | grep -q success")
        assert_converged(host, serves)
        assert host.deploy(other(serves)).returncode == 0
    assert_converged(host, other(serves))
