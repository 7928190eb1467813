"""An engine's messages as events."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkinfra.console.events import ImageLayer, Output, Step
from kkinfra.images.log import BuildLog, clean
from recorded_engine import BUILT, DIGEST, IMAGE, failed, pushed


def read(*messages):
    log = BuildLog()
    return log, [event for message in messages for event in log.read(message)]


def test_a_build():
    log, events = read(*BUILT)
    assert log.image == IMAGE
    assert log.error == ""
    assert events == [
        Step(1, 2, "FROM debian:bookworm-slim"),
        Output("---> d576fd50ddf6", detail=True),
        Step(2, 2, "RUN echo hello"),
        Output("---> Running in 6039047e264b", detail=True),
        Output("warning: old"),
        Output("100%"),
        Output("hello"),
        Output("Removing intermediate container 6039047e264b", detail=True),
        Output("---> 1f8e58318ac6", detail=True),
        Output("Successfully built 1f8e58318ac6", detail=True),
    ]


def test_an_argument_of_ones_own_that_is_not_used_is_told():
    warning = "[Warning] One or more build-args [APP_RELEASE PYTHON] were not consumed"
    assert read({"stream": f"{warning}\n"})[1] == [Output(warning)]


def test_a_push():
    log, events = read(*pushed())
    assert log.digest == DIGEST
    assert events == [
        ImageLayer("162b04660b31", "Preparing"),
        ImageLayer("162b04660b31", "Pushing", 512, 31),
        ImageLayer("162b04660b31", "Pushed"),
    ]


def test_the_last_lines_are_the_present_steps():
    lines = [{"stream": f"{number}\n"} for number in range(25)]
    log, _ = read({"stream": "old\n"}, *BUILT[:2], *lines, *failed("it \x1b[31mfailed", {"stream": "half"}))
    assert list(log.last_lines) == [*map(str, range(6, 25)), "half"]
    assert log.error == "it failed"
    assert list(read({"stream": "old\n"}, *BUILT[:2], {"stream": "new\n"})[0].last_lines) == ["new"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[91mred\x1b[0m", "red"),
        ("10%\r50%\r100%\r", "100%"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x07\x9b31mb", "a31mb"),
        ("\ttab  ", "\ttab"),
        ("한글", "한글"),
    ],
)
def test_a_line_as_a_terminal_shows_it(text, shown):
    assert clean(text) == shown


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text):
    assert not any((ord(letter) < 32 and letter not in "\t\n") or 127 <= ord(letter) < 160 for letter in clean(text))


@given(st.lists(st.text(alphabet="ab\n\r", max_size=8)))
def test_how_the_text_is_cut_into_messages_does_not_matter(pieces):
    whole = "".join(pieces)
    assert read(*({"stream": piece} for piece in pieces))[1] == read({"stream": whole})[1]


def test_a_line_without_end_stays_in_bounds():
    endless = [{"stream": "x" * 32_768} for _ in range(10)]
    assert len(read(*endless)[0]._begun) == 4096
    log, _ = read(*endless, *failed("x"))
    assert len(log.last_lines[0]) == 4096
