"""What a person at a terminal sees of a build."""

from __future__ import annotations

import io
import re

import pytest

from kkinfra.console.events import Happened, ImageLayer, Output, Step
from kkinfra.console.progress import LineProgress, LiveProgress
from terminal import last_shown


@pytest.fixture
def live(monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    return LiveProgress(io.StringIO())


def test_each_step_leaves_one_line(live):
    with live as progress:
        for event in (Step(1, 2, "FROM x"), Output("---> Using cache", detail=True), Step(2, 2, "RUN y"), Output("z")):
            progress(event)
    lines = last_shown(live.stream.getvalue())
    assert lines[0] == "1/2 FROM x  cached"
    assert re.fullmatch(r"2/2 RUN y  [0-9]+\.[0-9] s", lines[1])
    assert lines[2:] == [""]


def test_the_last_line_moves_with_what_is_printed(live):
    live(Step(1, 1, "RUN y"))
    live(Output("half way"))
    assert last_shown(live.stream.getvalue()) == ["1/1 RUN y  half way"]


def test_no_line_is_wider_than_the_terminal(live):
    live(Step(1, 1, "RUN " + "가" * 40))
    assert last_shown(live.stream.getvalue()) == ["1/1 RUN " + "가" * 15]
    live(Output("x" * 100))
    assert last_shown(live.stream.getvalue()) == ["1/1 RUN " + "가" * 15]


def test_what_happens_has_a_line_of_its_own_that_stays(live):
    live.begin("looking")
    live(Happened("creating Vpc", 2.4))
    live(Happened("creating Host", 31.0))
    first, *others = last_shown(live.stream.getvalue())
    assert first.startswith("looking  ")
    assert others == ["    2 s  creating Vpc", "   31 s  creating Host", ""]


def test_layers_are_added_up(live):
    live.begin("pushing x")
    live(ImageLayer("a", "Pushing", 1_000_000, 2_000_000))
    live(ImageLayer("b", "Pushing", 3_000_000, 2_000_000))
    assert last_shown(live.stream.getvalue()) == ["pushing x  3.0 of 4.0 MB, Pushing"]


def test_what_did_not_finish_is_taken_away(live):
    with live as progress:
        progress(Step(1, 1, "RUN y"))
        progress.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert last_shown(live.stream.getvalue()) == [""]


def test_what_happens_is_told_in_a_log_too():
    stream = io.StringIO()
    LineProgress(stream)(Happened("creating Vpc", 2.4))
    assert stream.getvalue() == "    2 s  creating Vpc\n"


def test_layers_are_told_once_a_state_where_everything_is_asked_for():
    stream = io.StringIO()
    progress = LineProgress(stream, details=True)
    for done in (1, 2, 3):
        progress(ImageLayer("a", "Pushing", done, 3))
    progress(ImageLayer("a", "Pushed"))
    assert stream.getvalue() == "  a: Pushing\n  a: Pushed\n"
