"""`--watch`: a block where something changed, a screen drawn anew on a terminal, errors told, a quiet end."""

from __future__ import annotations

import argparse
import io
import json
import sys

import pytest

from kkinfra.console import reporting
from kkinfra.console.reporting import Report, tell
from kkinfra.errors import ClusterError


def report(state, figure=""):
    return Report(2, (f"it is {state} {figure}".strip(),), {"state": state}, state, f"**{state}**")


def options(**changes):
    return argparse.Namespace(**{"watch": 3, "format": "text", "quiet": False, "environment": "alpha", **changes})


@pytest.fixture
def watched(monkeypatch):
    """Watch these rounds until Ctrl-C; returns the exit code, and how long it slept."""

    def watch(*rounds, **changes):
        left, slept = [*rounds], []

        def ask():
            found = left.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        def sleep(seconds):
            slept.append(seconds)
            if not left:
                raise KeyboardInterrupt

        monkeypatch.setattr(reporting.time, "sleep", sleep)
        return tell(options(**changes), ask), slept

    return watch


def test_without_it_a_report_is_told_once(capsys):
    assert tell(options(watch=None), lambda: report("well")) == 2
    assert capsys.readouterr().out == "it is well\n"


def test_only_what_changed_is_told_again(watched, capsys):
    code, slept = watched(report("well", "1"), report("well", "2"), report("ill"), report("ill"))
    assert (code, slept) == (130, [3, 3, 3, 3])
    done = capsys.readouterr()
    assert [line for line in done.out.splitlines() if "UTC" not in line] == ["it is well 1", "it is ill"]
    assert done.out.count("UTC") == 2
    assert done.err == ""


def test_an_error_between_rounds_is_told_once_and_it_goes_on(watched, capsys):
    lost = ClusterError("the cluster is not reached")
    code, _ = watched(report("well"), lost, ClusterError("the cluster is not reached"), report("well"))
    done = capsys.readouterr()
    assert (code, done.err) == (130, "error: the cluster is not reached\n")
    assert done.out.count("it is well") == 2


def test_programs_get_a_document_a_line(watched, capsys):
    watched(report("well"), report("ill"), format="json")
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [{"state": "well"}, {"state": "ill"}]


def test_a_terminal_is_drawn_anew_each_time(watched, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    watched(report("well", "1"), report("well", "2"))
    shown = sys.stdout.getvalue()
    assert shown.count("\x1b[H\x1b[2J\x1b[3Jevery 3 s until Ctrl-C; ") == 2
    assert "it is well 1\n" in shown
    assert "it is well 2\n" in shown


def test_markdown_and_quiet(capsys):
    tell(options(watch=None, format="markdown"), lambda: report("well"))
    assert capsys.readouterr().out == "**well**\n"
    ill = Report(1, ("all of it",), {}, "", problems=("the host could not be asked",))
    tell(options(watch=None, quiet=True), lambda: ill)
    done = capsys.readouterr()
    assert (done.out, done.err) == ("", "the host could not be asked\n")
