"""`kkinfra rollback` of an environment on a host: which release is gone back to, and what is asked before."""

from __future__ import annotations

import json

import pytest

END = {
    "kind": "end", "ok": True, "error": "", "what": "rollback", "result": "rolled back", "release": "20261123T1-aaaa",
    "at": 1_764_032_523, "seconds": 4.2,
}  # fmt: skip


def line(release, *, current=False, there=True, result="deployed"):
    return {
        "release": release, "result": result, "there": there, "current": current, "image": "shop@sha256:2b306f63d738aa",
        "revision": "0123456789ab",
    }  # fmt: skip


@pytest.fixture
def runs(answers):
    answers.answers |= {
        "history": [
            line("20261122T1-cccc", there=False), line("20261123T1-aaaa"), line("20261124T1-bbbb", result="failed"),
            line("20261125T1-dddd", current=True),
        ],
        "rollback": END,
    }  # fmt: skip
    return answers


def asked_for(runs):
    return [arguments["release"] for verb, arguments in runs.asked if verb == "rollback"]


def test_the_last_one_that_served_is_gone_back_to(runs, kkinfra):
    code, out, _ = kkinfra("rollback", "live", "--yes")
    assert (code, asked_for(runs)) == (0, ["20261123T1-aaaa"])
    assert out.splitlines()[0] == "live: back to 20261123T1-aaaa (sha256:2b306f63d738, revision 0123456789ab)"
    assert out.splitlines()[-1] == "rolled back to 20261123T1-aaaa in 4.2 s; the database was left as it is"


@pytest.mark.parametrize("named", ["20261123", "aaaa", "20261123T1-aaaa"])
def test_a_release_is_named_by_its_beginning_or_its_end(runs, kkinfra, named):
    assert kkinfra("rollback", "live", named, "--yes")[0] == 0
    assert asked_for(runs) == ["20261123T1-aaaa"]


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("2026112", "it is not on the host any more, or serves"),
        ("bbbb", "it is not on the host any more, or serves"),
        ("cccc", "it is not on the host any more, or serves"),
        ("dddd", "it is not on the host any more, or serves"),
    ],
)
def test_what_cannot_be_gone_back_to_is_refused_with_what_can(runs, kkinfra, named, why):
    if named == "2026112":
        runs.answers["history"][3] |= {"current": False}
        why = "several begin like it"
    code, _, errors = kkinfra("rollback", "live", named, "--yes")
    assert (code, asked_for(runs)) == (1, [])
    assert why in errors
    assert "20261123T1-aaaa" in errors


def test_where_nothing_served_before_it_is_told(runs, kkinfra):
    del runs.answers["history"][:3]
    code, _, errors = kkinfra("rollback", "live", "--yes")
    assert (code, asked_for(runs)) == (1, [])
    assert "there is no release on the host to go back to" in errors


def test_a_dry_run_names_it_and_changes_nothing(runs, kkinfra):
    code, out, _ = kkinfra("rollback", "live", "--dry-run", "-o", "json")
    assert (code, asked_for(runs)) == (0, [])
    assert json.loads(out)["plan"]["release"] == "20261123T1-aaaa"


def test_without_somebody_to_ask_nothing_is_changed(runs, kkinfra):
    assert kkinfra("rollback", "live")[0] == 1
    assert asked_for(runs) == []
