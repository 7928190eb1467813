"""`kkinfra lock` of an environment on a host: who holds the lock there, and ending whoever does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HOLD = """
import sys, time
from pathlib import Path
from kkinfra.host.layout import Layout
from kkinfra.host.lock import held
with held(Layout(Path(sys.argv[1]), "kkambbaki-live"), {"who": "dana", "what": "deploy"}):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def holder(layout):
    """A process that holds the lock."""
    argv = [sys.executable, "-c", HOLD, str(layout.directory)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "held\n", process.stderr.read()
            yield process
        finally:
            process.kill()


def test_a_host_that_nobody_changes_is_free(layout, kkinfra):
    assert kkinfra("lock", "status", "live") == (0, "live is free\n", "")
    assert kkinfra("lock", "release", "live") == (0, "live is free\n", "")


def test_the_holder_is_named(holder, kkinfra):
    code, out, _ = kkinfra("lock", "status", "live")
    assert code == 0
    assert out.startswith("live is locked by dana (deploy since ")
    _, out, _ = kkinfra("lock", "status", "live", "-o", "json")
    assert (json.loads(out)["held"], json.loads(out)["holder"]["who"]) == (True, "dana")


def test_releasing_it_ends_the_holder(holder, kkinfra):
    code, out, errors = kkinfra("lock", "release", "live")
    assert code == 0
    assert errors.splitlines()[0].startswith("ending dana (deploy since ")
    assert out.startswith("released; it was held by dana (deploy since ")
    assert holder.wait(timeout=60) != 0
    assert kkinfra("lock", "status", "live")[1] == "live is free\n"


def test_programs_get_a_document_of_a_release_too(holder, kkinfra):
    code, out, _ = kkinfra("lock", "release", "live", "-o", "json")
    assert (code, json.loads(out)["held"], json.loads(out)["holder"]["who"]) == (0, False, "dana")
