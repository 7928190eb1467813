"""The verb `schema`: what editors read is what is checked in."""

from __future__ import annotations

from checkout import ROOT
from kkinfra.cli.main import main


def test_the_checked_in_schema_is_current(capsys):
    assert main(["schema"]) == 0
    published = ROOT / "spec/environments.schema.json"
    assert capsys.readouterr().out == published.read_text(), "run: kkinfra schema > spec/environments.schema.json"
