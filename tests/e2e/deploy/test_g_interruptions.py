"""A deploy that is interrupted on either side, at any step: what served serves on, and the next one puts it right."""

from __future__ import annotations

import signal

import pytest

from deployer import ENVIRONMENT
from interruptions import DIRECTORY, NAMESPACE, assert_converged, kept, kill_deployer, lock_status, other, watch
from onlooker import answered_throughout

INTERRUPTED = 130
STEPS = (
    "volumes", "static-files", "migration", "webapp-", "stop", "switch", "start", "celery-worker", "drain",
)  # fmt: skip
"""Those of a deploy of another image, as they begin one after the other."""


@pytest.fixture(scope="module")
def host(deployer):
    return kept(deployer)


def killed(host, step, *arguments):
    """A run that `kkinfra ARGUMENTS` asked for, and that was killed on the host at a step."""
    before = host.serving()
    watched = watch(host.machine, step, kill="run")
    done = host.run(*arguments)
    run = watched.run()
    assert done.returncode == 1, done.stdout
    assert f"error: run {run.name} ended on the host without a word, in step {run.step} " in done.stderr
    was_switched = any(line.get("step") == "switch" for line in run.lines())
    assert was_switched or host.serving() == before
    lock = lock_status(host)
    assert (lock["held"], lock["holder"]["run"]) == (False, run.name)
    return run


def line_of(host, run):
    """What the history tells of a run."""
    (line,) = (line for line in host.history() if line["id"] == run.name)
    return line


@pytest.mark.parametrize("step", STEPS)
def test_whichever_side_is_killed_at_a_step_the_host_comes_to_a_good_end(host, machine, step):
    """First the run itself, on the host, then, at the same step of the next deploy, whoever deploys."""
    before = host.serving()
    with answered_throughout(machine):
        cut_off = killed(host, step, *host.deploying(other(before)))
        due = other(before) if cut_off.is_committed else before
        watched = watch(machine, step)
        deploying = host.start(*host.deploying(other(due)), PYTHONUNBUFFERED="1")
        run = watched.run(deploying)
        said = kill_deployer(deploying)
        assert f"run {cut_off.name} was cut off in step {cut_off.step}; it is put right first" in said
        assert run.end()["result"] == "deployed"
    assert_converged(host, other(due))
    line = line_of(host, cut_off)
    assert line["result"] == ("deployed" if cut_off.is_committed else "failed")
    assert line["why"].startswith(f"cut off in step {cut_off.step}; ")


def test_a_run_that_is_killed_while_it_puts_another_right_is_put_right_as_well(host, machine):
    before = host.serving()
    with answered_throughout(machine):
        killed(host, "stop", *host.deploying(other(before)))
        killed(host, "undo", *host.deploying(other(before)))
        done = host.deploy(other(before))
        assert done.returncode == 0, done.stderr
    assert_converged(host, other(before))


def test_a_rollback_that_is_killed_is_put_right_by_the_next(host, machine):
    before = host.serving()
    (release, *_) = (
        line["release"] for line in host.history() if line["kept"] and line["image"] == host.releases[other(before)]
    )
    with answered_throughout(machine):
        cut_off = killed(host, "start", "rollback", ENVIRONMENT, release, "--yes")
        done = host.run("rollback", ENVIRONMENT, release, "--yes")
        assert done.returncode == 0, done.stderr
    assert line_of(host, cut_off)["action"] == "rollback"
    assert_converged(host, other(before))


def test_nothing_is_left_of_a_run_that_was_killed(host, machine):
    """A migration that nobody waits for any more, a registry's login, half of a release."""
    before = host.serving()
    machine.root(f"mkdir {DIRECTORY}/releases/.20260101T000000Z-abcdef.partial")
    with answered_throughout(machine):
        killed(host, "migration", *host.deploying(other(before)))
        assert machine.root(f"ls /run/kkinfra-{NAMESPACE}") != ""
        done = host.deploy(before)
        assert done.returncode == 0, done.stderr
    assert machine.root(f"ls /run/kkinfra-{NAMESPACE}") == ""
    assert_converged(host, before)


def test_ctrl_c_before_the_switch_lets_the_host_go_back(host, machine):
    before = host.serving()
    with answered_throughout(machine) as onlooker:
        watched = watch(machine, "webapp-")
        deploying = host.start(*host.deploying(other(before)))
        run = watched.run(deploying)
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
        run = watched.run(deploying)
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
        run = watched.run(deploying)
        deploying.send_signal(signal.SIGINT)
        run.comes_to("undo")
        deploying.send_signal(signal.SIGINT)
        told = deploying.communicate(timeout=20)[1]
        assert deploying.returncode == INTERRUPTED
        assert "interrupted; the host goes on by itself: see `kkinfra status ENV`" in told
        assert not run.end()["ok"]
    assert_converged(host, before)


def test_ctrl_c_before_anything_was_begun_begins_nothing(host):
    before, ended = host.serving(), host.history()
    deploying = host.start(*host.deploying(other(before)))
    while (line := deploying.stderr.readline()).startswith("warning: "):
        pass  # what the proofs find
    assert "looking at" in line
    deploying.send_signal(signal.SIGINT)
    told = deploying.communicate(timeout=60)[1]
    assert (deploying.returncode, told) == (INTERRUPTED, "interrupted\n")
    assert host.history() == ended
    assert_converged(host, before)


@pytest.mark.parametrize("step", ["start", "drain"])
def test_a_host_that_restarts_in_the_middle_puts_itself_right(host, machine, step):
    before = host.serving()
    watched = watch(machine, step)
    deploying = host.start(*host.deploying(other(before)))
    run = watched.run(deploying)
    machine.reboot()
    due = other(before) if run.is_committed else before
    assert host.comes_to_serve(due, 60)
    with answered_throughout(machine):
        assert run.end()["error_kind"] == "cut off"
        told = deploying.communicate(timeout=200)[1]
        assert deploying.returncode == 1
        assert f"in step {run.step}" in told
        line = line_of(host, run)
        assert line["result"] == ("deployed" if run.is_committed else "failed")
        assert_converged(host, due)
        done = host.deploy(other(due))
        assert done.returncode == 0, done.stderr
    assert_converged(host, other(due))
