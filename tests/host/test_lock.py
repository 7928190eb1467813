"""One run at a time: real processes at one lock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from kkinfra.host import lock
from kkinfra.host.errors import HostError
from small_release import layout

HOLD = """\
import sys
from pathlib import Path
from kkinfra.host import lock
from kkinfra.host.errors import HostError
from kkinfra.host.layout import Layout
place = Layout(Path(sys.argv[1]), "shop")
try:
    with lock.held(place, {"who": "me@laptop", "what": "deploy", "run": "r1"}, wait=float(sys.argv[2])):
        lock.tell_phase(place, "pull")
        print("held", flush=True)
        sys.stdin.readline()
except HostError as error:
    print(f"{error.kind}: {error}", flush=True)
"""


@pytest.fixture
def place(tmp_path):
    return layout(tmp_path / "srv")


@contextmanager
def holding(place, wait=0.0):
    """Another process that holds it until it is written to, or says why it cannot."""
    argv = [sys.executable, "-c", HOLD, str(place.directory), str(wait)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.said = process.stdout.readline().strip()
            yield process
        finally:
            process.kill()


def let_go(process):
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(timeout=60) == 0


def test_nobody_holds_what_is_not_there(place):
    assert lock.status(place) == {"held": False}
    assert lock.read(place) is None
    assert not place.directory.exists(), "looking leaves nothing behind"


def test_one_of_two_processes_wins_and_the_other_names_it(place):
    with holding(place) as first, holding(place) as second:
        assert first.said == "held"
        kind, _, said = second.said.partition(": ")
        assert kind == "locked"
        assert said.startswith("the host is locked by me@laptop (deploy since 20")
        assert "now: pull); nothing was changed; wait for it (--lock-wait SECONDS)" in said


def test_whoever_waits_gets_it_when_it_is_free(place):
    with holding(place) as first:
        argv = [sys.executable, "-c", HOLD, str(place.directory), "60"]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as second:
            let_go(first)
            assert second.stdout.readline().strip() == "held"
            let_go(second)


def test_who_holds_it_is_told_with_what_it_does(place):
    with holding(place) as process:
        status = lock.status(place)
    assert status["held"]
    holder = status["holder"]
    assert (holder["who"], holder["run"], holder["phase"], holder["pid"]) == ("me@laptop", "r1", "pull", process.pid)


def test_nothing_is_left_of_one_that_let_go(place):
    with holding(place) as process:
        let_go(process)
    assert lock.status(place) == {"held": False}


def test_one_that_is_killed_gives_it_back_and_is_remembered(place):
    with holding(place) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
    status = lock.status(place)
    assert status["held"] is False
    assert (status["left_by"]["who"], status["left_by"]["phase"]) == ("me@laptop", "pull")
    with holding(place) as next_one:
        assert next_one.said == "held"
        assert lock.status(place)["holder"]["pid"] == next_one.pid


def test_one_that_fails_gives_it_back(place):
    with pytest.raises(ZeroDivisionError), lock.held(place, {"who": "me"}):
        raise ZeroDivisionError
    assert lock.status(place) == {"held": False}


def test_looking_at_it_at_the_same_time_does_not_take_it_away(place):
    with lock.held(place, {"who": "me"}):
        for _ in range(50):
            assert lock.status(place)["held"]
    with holding(place) as process:
        assert process.said == "held"


def test_one_that_only_looks_is_not_mistaken_for_a_holder(place):
    """`status` takes it for a moment; whoever wants it then waits for that moment."""
    with lock.held(place, {"who": "me"}):
        pass
    handle = os.open(place.lock, os.O_RDONLY)
    lock.fcntl.flock(handle, lock.fcntl.LOCK_SH)
    try:
        with pytest.raises(HostError), lock.held(place, {"who": "me"}):
            pass
    finally:
        os.close(handle)
    with lock.held(place, {"who": "me"}):
        assert lock.status(place)["held"]


@pytest.mark.parametrize(
    ("holder", "told"),
    [
        ({"who": "me@laptop", "what": "deploy", "since": 1_795_568_523.4},
         "me@laptop (deploy since 2026-11-25 01:02:03 UTC)"),
        ({"who": "octocat@runner", "what": "rollback", "since": 1_795_568_523, "phase": "switch", "ci": "https://x/1"},
         "octocat@runner (rollback since 2026-11-25 01:02:03 UTC, now: switch, https://x/1)"),
        ({}, "somebody (a run since 1970-01-01 00:00:00 UTC)"),
    ],
)  # fmt: skip
def test_a_holder_is_described_in_one_line(holder, told):
    assert lock.describe(holder) == told


@pytest.mark.parametrize("text", ["", "{", "[1]", "null"])
def test_a_text_that_cannot_be_read_holds_nothing(place, text):
    place.directory.mkdir()
    place.lock.write_text(text)
    assert lock.status(place) == {"held": False}
    with lock.held(place, {"who": "me"}):
        assert lock.status(place)["holder"]["who"] == "me"
