"""`kkinfra history` of an environment on a host: the runs that ended there, and which release serves."""

from __future__ import annotations

import json

import pytest

from kkinfra.host.releases import FILE

FIRST, SECOND, THIRD = "20261123T1-aaaa", "20261124T1-bbbb", "20261125T1-cccc"


def line(release, result="deployed", why=""):
    return {
        "at": 1_764_032_523, "what": "deploy", "release": release, "result": result, "seconds": 12.3,
        "why": why, "image": "ghcr.io/example/shop@sha256:2b306f63d738aaaa", "revision": "0123456789ab",
        "who": "dana", "ci": "", "run": f"run-of-{release}",
    }  # fmt: skip


@pytest.fixture
def runs(layout):
    """Three runs: one whose release is gone, one that failed, and one that serves."""
    lines = [line(FIRST), line(SECOND, "failed", "webapp is not healthy\nsee its logs"), line(THIRD)]
    layout.history.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    for name in (SECOND, THIRD):
        layout.release(name).mkdir(parents=True)
        (layout.release(name) / FILE).touch()
    layout.current.symlink_to(layout.release(THIRD))


def test_nothing_was_deployed_yet(layout, kkinfra):
    assert kkinfra("history", "live") == (0, "live: nothing was deployed yet\n", "")


def test_each_run_is_a_line_with_its_mark_and_the_first_line_of_why(runs, kkinfra):
    code, out, _ = kkinfra("history", "live")
    assert code == 0
    facts = "sha256:2b306f63d738 0123456789ab dana"
    assert out.splitlines() == [
        f"- {FIRST} 2025-11-25 01:02 UTC deployed in 12.3 s  {facts}",
        f"  {SECOND} 2025-11-25 01:02 UTC failed in 12.3 s  {facts}: webapp is not healthy",
        f"* {THIRD} 2025-11-25 01:02 UTC deployed in 12.3 s  {facts}",
    ]


def test_programs_get_all_of_it(runs, kkinfra):
    _, out, _ = kkinfra("history", "live", "-o", "json")
    assert [(each["release"], each["id"], each["kept"], each["serves"]) for each in json.loads(out)["runs"]] == [
        (FIRST, f"run-of-{FIRST}", False, False), (SECOND, f"run-of-{SECOND}", True, False),
        (THIRD, f"run-of-{THIRD}", True, True),
    ]  # fmt: skip
