"""What a person at a terminal sees: a real pseudo-terminal, the real command."""

from __future__ import annotations

import os
import re
import shutil
import sys

import pytest

from checkout import SPEC_FILE
from terminal import at_terminal


@pytest.fixture
def spec(tmp_path):
    shutil.copy(SPEC_FILE, tmp_path)
    return tmp_path / "environments.yaml"


def validated(spec, **environment):
    base = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    argv = [sys.executable, "-m", "kkinfra", "validate", "--spec", spec.name]
    return at_terminal(argv, {**base, "TERM": "xterm", **environment}, spec.parent)[1]


def test_an_error_shows_its_line_and_a_caret_under_the_place(spec):
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", "maxmemory: 256QB"))
    lines = validated(spec, NO_COLOR="1").split("\n")
    number = next(index for index, line in enumerate(lines) if "'256QB' is not a size" in line)
    assert lines[number + 1].startswith("   16 |   redis:")
    assert lines[number + 1][lines[number + 2].index("^") :].startswith("256QB")


@pytest.mark.parametrize("written", ["hunter2", "{env: hunter2}", "hunter2 {", '"hunter2'])
def test_a_line_that_may_hold_a_secret_is_not_shown(spec, written):
    old = "{env: DJANGO_SECRET_KEY}"
    assert old in spec.read_text()
    spec.write_text(spec.read_text().replace(old, written))
    shown = validated(spec, NO_COLOR="1")
    assert "1 error; nothing was written" in shown
    assert "hunter2" not in shown


def test_colours_are_for_terminals_that_want_them(spec):
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", "maxmemory: 256QB"))
    assert "\x1b[" in validated(spec)
    assert "\x1b[" not in validated(spec, NO_COLOR="1")
    assert "\x1b[" not in validated(spec, TERM="dumb")


def test_a_secret_that_was_written_by_mistake_is_not_shown(spec):
    text = re.sub(
        r"DJANGO_SECRET_KEY: +\{env: DJANGO_SECRET_KEY\}", "DJANGO_SECRET_KEY: hunter2-sentinel", spec.read_text()
    )
    spec.write_text(text)
    shown = validated(spec)
    assert "DJANGO_SECRET_KEY" in shown
    assert "hunter2-sentinel" not in shown


def test_a_control_character_in_the_source_does_not_reach_the_terminal(spec):
    spec.write_text(spec.read_text().replace("maxmemory: 256MB", 'maxmemory: "\x9b31m256QB"'))
    assert "\x9b" not in validated(spec)
