"""One change of the host at a time: who comes second is told who is at it; who is gone hinders nobody."""

from __future__ import annotations

import json

import pytest

from deployer import ENVIRONMENT
from interruptions import DIRECTORY, assert_converged, kept, lock_status, other, watch
from kkinfra.system.deployer import who
from onlooker import answered_throughout

GONE = {"who": "somebody@elsewhere", "what": "deploy", "run": "20260101T000000Z-abcdef", "pid": 999999, "since": 0}
FREE = {"version": 1, "environment": ENVIRONMENT, "held": False, "holder": None}


@pytest.fixture(scope="module")
def host(deployer):
    return kept(deployer)


def test_of_two_deploys_at_once_one_wins_and_the_other_changes_nothing(host, machine):
    wanted, ended = other(host.serving()), host.history()
    there = releases(machine)
    with answered_throughout(machine):
        both = [host.start(*host.deploying(wanted)) for _ in range(2)]
        said = [each.communicate(timeout=300)[1] for each in both]
    assert sorted(each.returncode for each in both) == [0, 1], said
    told = next(errors for each, errors in zip(both, said, strict=True) if each.returncode)
    assert f"the host is locked by {who()['who']} (deploy since " in told
    assert "nothing was changed; wait for it (--lock-wait SECONDS), or end it with `kkinfra lock release " in told
    (line,) = host.history()[len(ended) :]
    assert line["result"] == "deployed"
    assert releases(machine) - there == {line["release"]}
    assert_converged(host, wanted)


def test_who_comes_later_is_told_who_is_at_what_or_waits(host, machine):
    before = host.serving()
    wanted = other(before)
    with answered_throughout(machine):
        watched = watch(machine, "migration")
        first = host.start(*host.deploying(wanted))
        run = watched.run(first)
        there, ended = releases(machine), host.history()
        holder = lock_status(host)["holder"]
        assert (holder["who"], holder["what"], holder["run"]) == (who()["who"], "deploy", run.name)
        assert holder["phase"]
        for arguments in (host.deploying(before), ("rollback", ENVIRONMENT, "--yes")):
            refused = host.run(*arguments)
            assert refused.returncode == 1, refused.stdout
            assert f"the host is locked by {who()['who']} (deploy since 20" in refused.stderr
            assert " UTC, now: " in refused.stderr
            assert "nothing was changed" in refused.stderr
            assert "cut off" not in refused.stdout
        assert (releases(machine), host.history()) == (there, ended)
        assert first.poll() is None
        waiting = host.start(*host.deploying(before, "--lock-wait", "120"))
        assert first.communicate(timeout=300)[1]
        assert first.returncode == 0
        told = waiting.communicate(timeout=300)[1]
        assert waiting.returncode == 0, told
        assert f"waiting for {who()['who']}, who is at " in told
    assert [line["result"] for line in host.history()[-2:]] == ["deployed", "deployed"]
    assert_converged(host, before)


def test_who_releases_the_lock_of_a_deploy_lets_it_go_back(host, machine):
    before, ended = host.serving(), host.history()
    with answered_throughout(machine):
        watched = watch(machine, "webapp-")
        deploying = host.start(*host.deploying(other(before)))
        watched.run(deploying)
        released = host.run("lock", "release", ENVIRONMENT)
        assert released.returncode == 0, released.stderr
        assert f"ending {who()['who']} (deploy since 20" in released.stderr
        assert released.stdout.startswith("released; it was held by ")
        assert lock_status(host) == FREE
        told = deploying.communicate(timeout=60)[1]
    assert deploying.returncode == 1
    assert "error: somebody asked it to stop, with Ctrl-C or `kkinfra lock release`\nrelease " in told
    assert told.rstrip().endswith(" serves on")
    assert [line["result"] for line in host.history()[len(ended) :]] == ["failed"]
    assert_converged(host, before)


def test_a_lock_that_nobody_holds_is_released_already(host):
    done = host.run("lock", "release", ENVIRONMENT)
    assert (done.returncode, done.stdout) == (0, f"{ENVIRONMENT} is free\n")


def test_who_left_the_lock_without_an_end_hinders_nobody(host, machine):
    before, left = host.serving(), "left without an end by somebody@elsewhere (deploy since 1970-01-01 00:00:00 UTC)"
    machine.root(f"echo '{json.dumps(GONE)}' > {DIRECTORY}/lock")
    done = host.run("lock", "status", ENVIRONMENT)
    assert (done.returncode, done.stdout) == (0, f"{ENVIRONMENT} is free; it was {left}\n")
    lock = lock_status(host)
    assert (lock["held"], lock["holder"]["who"], lock["holder"]["run"]) == (False, GONE["who"], GONE["run"])
    with answered_throughout(machine):
        deployed = host.deploy(other(before))
        assert deployed.returncode == 0, deployed.stderr
    assert lock_status(host) == FREE
    assert_converged(host, other(before))


def releases(machine):
    return set(machine.root(f"ls -A {DIRECTORY}/releases").split())
