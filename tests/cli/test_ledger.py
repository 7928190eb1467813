"""The verb `ledger`: the published page, and the same for programs."""

from __future__ import annotations

import json

from checkout import ROOT
from kkinfra.cli.main import main


def test_the_published_ledger_is_current(capsys):
    assert main(["ledger"]) == 0
    assert capsys.readouterr().out == (ROOT / "docs/fidelity.md").read_text(), "run: kkinfra ledger > docs/fidelity.md"


def test_programs_get_each_field_by_platform(capsys):
    assert main(["ledger", "-o", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["purpose"]["compose"] == {"status": "rendered", "note": ""}
    assert told["logs.max_size"]["kubernetes"]["status"] == "refused"
