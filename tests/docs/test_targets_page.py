"""The page about targets shows the wheel that the tests install, and nothing that it does not have."""

from __future__ import annotations

import textwrap
import tomllib

import pytest

from blocks import ALL
from checkout import ROOT

WHEEL = ROOT / "tests/packaging/nomad"
PIECES = [block for block in ALL if block.page == "targets.md" and block.language == "py"]


def test_there_are_pieces_of_it():
    assert len(PIECES) >= 4


@pytest.mark.parametrize("piece", [pytest.param(each, id=str(each.line)) for each in PIECES])
def test_a_piece_is_the_wheels_own(piece):
    code = "\n".join(path.read_text() for path in (WHEEL / "kkinfra_nomad").glob("*.py"))
    text = piece.text.strip("\n")
    assert text in code or textwrap.indent(text, "    ") in code


def test_the_entry_points_are_the_wheels_own():
    (shown,) = (tomllib.loads(each.text) for each in ALL if each.page == "targets.md" and each.language == "toml")
    own = tomllib.loads((WHEEL / "pyproject.toml").read_text())
    assert shown["project"]["entry-points"] == own["project"]["entry-points"]
