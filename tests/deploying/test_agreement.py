"""Whoever is asked before something is changed: at a terminal, with yes or no, or not there at all."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

ASK = """\
import argparse
from kkinfra.agreement import require_agreement
from kkinfra.errors import DeployError
try:
    require_agreement(argparse.Namespace(yes={yes}), "deploy production?")
except DeployError as error:
    print(f"refused: {{error}}")
else:
    print("agreed")
"""


def asked(given, *, yes=False):
    """What comes of it, and what was asked."""
    done = subprocess.run(
        [sys.executable, "-c", ASK.format(yes=yes)], stdin=given, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip(), done.stderr


@pytest.fixture
def terminal():
    """A terminal at which somebody typed something."""
    main, child = pty.openpty()

    def type_in(text):
        os.write(main, text.encode())
        return child

    yield type_in
    os.close(main)
    os.close(child)


@pytest.mark.parametrize("answer", ["y", "yes", "Y", "YES", " yes "])
def test_yes_is_yes(terminal, answer):
    assert asked(terminal(f"{answer}\n")) == ("agreed", "deploy production? [y/N] ")


@pytest.mark.parametrize("answer", ["n", "no", "", "ye", "yess", "j"])
def test_everything_else_is_no(terminal, answer):
    assert asked(terminal(f"{answer}\n"))[0] == "refused: not agreed to; nothing was changed"


def test_the_end_of_input_is_no(terminal):
    assert asked(terminal("\x04"))[0] == "refused: not agreed to; nothing was changed"


def test_who_said_yes_before_is_not_asked():
    assert asked(subprocess.DEVNULL, yes=True) == ("agreed", "")


def test_where_nobody_is_there_nothing_is_changed():
    said, shown = asked(subprocess.DEVNULL)
    assert said.startswith("refused: nobody is here to be asked, and nothing was changed")
    assert "--yes" in said
    assert shown == ""
