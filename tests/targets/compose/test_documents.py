"""Each document that a verb prints of a host is what its schema says, as of any other target."""

from __future__ import annotations

import time

import pytest

from documents import conforming
from observed_host import serving
from real_release import release

LINE = {
    "at": 1_764_032_523, "what": "deploy", "release": "20261123T1-aaaa", "result": "deployed", "seconds": 12.3,
    "why": "", "image": "ghcr.io/example/shop@sha256:2b306f63d738aaaa", "revision": "0123456789ab", "who": "dana",
    "ci": "", "there": True, "current": True,
}  # fmt: skip
BEFORE = {**LINE, "release": "20261122T1-aaaa", "current": False}
HELD = {"held": True, "holder": {"who": "dana", "what": "deploy", "since": 1_764_032_523}}


@pytest.fixture
def host(answers):
    facts = serving(release())
    facts["host"]["clock"] = time.time()
    answers.answers |= {
        "observe": facts, "history": [BEFORE, LINE], "lock": HELD, "release_lock": {"released": True},
        "rollback": {**BEFORE, "kind": "end", "ok": True, "result": "rolled back"},
    }  # fmt: skip
    return answers


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("deploy", ("deploy", "live", "--dry-run")),
        ("deploy", ("rollback", "live", "--dry-run")),
        ("deploy", ("rollback", "live", "--yes")),
        ("difference", ("diff", "live", "--without", "registry")),
        ("status", ("status", "live")),
        ("history", ("history", "live")),
        ("lock", ("lock", "status", "live")),
        ("lock", ("lock", "release", "live")),
    ],
)
def test_a_document_is_what_its_schema_says(host, kkinfra, name, call):
    _, printed, errors = kkinfra(*call, "-o", "json")
    document = conforming(name, printed)
    assert document, errors


def test_what_the_proofs_warn_of_is_in_the_document_and_told_once(host, kkinfra, monkeypatch):
    monkeypatch.setattr("kkinfra.project.ProjectEnvironment.warnings", lambda _: ("the room is small",))
    _, printed, errors = kkinfra("deploy", "live", "--dry-run", "-o", "json")
    assert conforming("deploy", printed)["plan"]["warnings"] == ["the room is small"]
    assert errors.count("the room is small") == 1
