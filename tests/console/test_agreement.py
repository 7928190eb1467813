"""Whoever is asked before something is changed: at a terminal, with yes or no, or not there at all."""

from __future__ import annotations

import argparse
import os
import pty
import sys
from pathlib import Path

import pytest

from kkinfra.console.agreement import require_agreement
from kkinfra.errors import DeployError


def ask(*, yes=False):
    require_agreement(argparse.Namespace(yes=yes), "deploy production?")


@pytest.fixture
def typed(monkeypatch):
    """Somebody at a terminal types something."""
    main, child = pty.openpty()
    with Path(os.ttyname(child)).open() as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        yield lambda text: os.write(main, text.encode())
    os.close(main)
    os.close(child)


@pytest.mark.parametrize("answer", ["y", "yes", "Y", "YES", " yes "])
def test_yes_is_yes(typed, capsys, answer):
    typed(f"{answer}\n")
    ask()
    assert capsys.readouterr() == ("", "deploy production? [y/N] ")


@pytest.mark.parametrize("answer", ["n", "no", "", "ye", "yess", "j"])
def test_everything_else_is_no(typed, answer):
    typed(f"{answer}\n")
    with pytest.raises(DeployError, match="not agreed to; nothing was changed"):
        ask()


def test_the_end_of_input_is_no(typed):
    typed("\x04")
    with pytest.raises(DeployError, match="not agreed to; nothing was changed"):
        ask()


def test_who_said_yes_before_is_not_asked(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", None)
    ask(yes=True)
    assert capsys.readouterr() == ("", "")


def test_where_nobody_is_there_nothing_is_changed(monkeypatch, capsys):
    with Path(os.devnull).open() as nobody:
        monkeypatch.setattr(sys, "stdin", nobody)
        with pytest.raises(DeployError, match=r"nobody is here to be asked, and nothing was changed.*--yes"):
            ask()
    assert capsys.readouterr() == ("", "")
