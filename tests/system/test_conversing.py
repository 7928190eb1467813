"""A process that is given something and listened to: large, early, late, and never at an end."""

from __future__ import annotations

import sys
import time

import pytest

from kkinfra.errors import ProcessError
from kkinfra.system import process
from kkinfra.system.command import Command

SOON = 30
"""Seconds; far more than what is waited for needs, and far less than what would be waited for in vain."""


def talk(script, given=b"", seconds=30.0, heard=None):
    lines = [] if heard is None else heard
    done = process.converse(Command(("sh", "-c", script)), given, lines.append, seconds=seconds)
    return done.code, [line.rstrip("\n") for line in lines], done.errors


@pytest.fixture
def soon():
    """Whatever is waited for ends soon."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < SOON


def test_what_is_given_comes_back_line_by_line():
    assert talk("cat; echo why >&2; exit 3", "하나\ntwo\n".encode()) == (3, ["하나", "two"], "why\n")


def test_a_large_input_and_a_large_output_at_a_time():
    given = b"".join(b"%07d\n" % number for number in range(100_000))
    code, lines, _ = talk("tee /dev/stderr 2> /dev/null", given)
    assert (code, len(lines), lines[-1]) == (0, 100_000, "0099999")


def test_large_errors_do_not_stop_the_output():
    code, lines, errors = talk("head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo done; exit 1")
    assert (code, lines, len(errors)) == (1, ["done"], 1_000_000)


def test_one_that_does_not_read_what_it_is_given(soon):
    assert talk("echo enough; exit 4", b"x" * 10_000_000) == (4, ["enough"], "")


def test_a_last_line_without_an_end_is_a_line():
    assert talk("printf half")[1] == ["half"]


def test_one_that_ends_without_a_word(soon):
    assert talk("exit 7") == (7, [], "")


def test_one_that_says_nothing_any_more_is_ended(soon):
    heard = []
    with pytest.raises(ProcessError, match=r"`sh` said nothing for 3 s"):
        talk("echo one; sleep 60; echo two", seconds=3.0, heard=heard)
    assert heard == ["one\n"]


def test_one_that_closes_its_output_and_does_not_end(soon, monkeypatch):
    monkeypatch.setattr(process, "_END_SECONDS", 0.3)
    with pytest.raises(ProcessError, match="`sh` said its last word and did not end"):
        talk("echo one; exec > /dev/null; sleep 60")


@pytest.mark.parametrize(("code", "errors"), [(0, ""), (1, "why\n")])
def test_what_it_leaves_running_is_not_waited_for(soon, code, errors):
    """As an ssh that serves further calls does, which may keep the stream of errors open."""
    assert talk(f"sleep 60 > /dev/null & echo one; printf '{errors}' >&2; exit {code}") == (code, ["one"], errors)


def test_whoever_listens_may_have_enough(soon):
    class Enough(Exception):  # noqa: N818 - it is none
        pass

    def hear(_line):
        raise Enough

    with pytest.raises(Enough):
        process.converse(Command(("sh", "-c", "echo one; sleep 60")), b"", hear, seconds=50)


def test_nothing_goes_through_a_shell():
    code = "import sys; print(sys.argv[1])"
    heard = []
    process.converse(Command((sys.executable, "-c", code, "$HOME; *")), b"", heard.append, seconds=30)
    assert heard == ["$HOME; *\n"]


def test_one_that_is_not_there():
    with pytest.raises(ProcessError, match=r"nosuch cannot be started \(No such file or directory\)"):
        process.converse(Command(("nosuch",)), b"", print, seconds=1)
