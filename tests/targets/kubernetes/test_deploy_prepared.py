"""Who asks again is answered from what was rendered before, and never wrongly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

import sentinels
from cluster_user import IMAGE, SECRETS, SENTINELS
from kkinfra.targets.protocol import wanted

HEAVY = {"pydantic", "pydantic_core", "kubernetes", "urllib3", "kkinfra_kubernetes", "importlib.metadata"}


@pytest.fixture
def remembered(deployed):
    """Whoever has deployed, and has asked for nothing else since."""
    deployed.deployed()
    return deployed


@pytest.fixture
def opened(monkeypatch):
    """How often a specification was opened since."""
    found = []
    before = wanted.opened
    monkeypatch.setattr(wanted, "opened", lambda path: found.append(path) or before(path))
    return found


def test_the_same_is_not_rendered_again(remembered, opened):
    first = remembered.run("diff")
    assert (first.code, len(opened)) == (0, 0)
    done = remembered.deployed()
    assert ("looked, " in done.out, len(opened)) == (True, 0)
    assert remembered.run("diff") == first


def test_a_changed_specification_is(remembered, opened):
    remembered.write(colour="blue")
    done = remembered.run("diff")
    assert (done.code, "data.COLOUR: red -> blue" in done.out, len(opened)) == (2, True, 1)
    assert remembered.run("diff") == done
    assert len(opened) == 1


def test_what_was_only_compared_is_proven_before_it_is_deployed(user, opened):
    user.run("diff")
    user.deployed()
    assert len(opened) == 2


def test_proofs_are_run_again_on_another_day(remembered, opened, monkeypatch):
    later = time.struct_time((2031, 1, 1, 0, 0, 0, 2, 1, 0))
    monkeypatch.setattr(wanted, "time", SimpleNamespace(strftime=time.strftime, gmtime=lambda: later))
    remembered.deployed()
    remembered.deployed()
    assert len(opened) == 1


def test_warnings_are_told_each_time(user, opened):
    def warnings(done):
        return [line for line in done.err.splitlines() if line.startswith("warning: ")]

    first, second = user.deployed(), user.deployed()
    assert (warnings(first) == warnings(second) != [], len(opened)) == (True, 1)


def test_another_image_is_neither_remembered_nor_taken_for_the_specification_s(remembered, opened):
    remembered.deployed("--image", f"{IMAGE}:2.0.0")
    assert len(opened) == 1
    done = remembered.run("diff")
    assert (done.code, f"{IMAGE}:2.0.0 -> {IMAGE}:1.0.0" in done.out, len(opened)) == (2, True, 1)


def test_a_secret_is_read_each_time_and_one_that_is_missing_is_told(remembered, opened):
    done = remembered.deploy(POSTGRES_PASSWORD=None, DJANGO_SECRET_KEY=None)
    assert (done.code, "the variable DJANGO_SECRET_KEY is not set" in done.err, len(opened)) == (1, True, 0)
    remembered.values["DJANGO_SECRET_KEY"] = "another-key-" + "y" * 50
    assert "DJANGO_SECRET_KEY" in remembered.deployed().out


def test_a_flag_that_does_nothing_is_refused_all_the_same(remembered, opened):
    done = remembered.deploy("--staging-first")
    assert (done.code, "--staging-first is for what is delivered by ssh" in done.err, len(opened)) == (1, True, 0)


@pytest.mark.parametrize("key", ["desired", "secrets", "image", "architectures"])
def test_a_damaged_file_costs_a_render_and_nothing_else(remembered, key):
    first = remembered.run("diff")
    (path,) = [each for each in remembered.cache.rglob("*") if each.is_file() and f'"{key}"' in each.read_text()]
    path.write_text(path.read_text().replace(f'"{key}"', '"other"'))
    assert remembered.run("diff") == first


def test_no_secret_is_remembered(remembered):
    needles = [*sentinels.needles(SECRETS), *SENTINELS]
    files = [path for path in remembered.cache.rglob("*") if path.is_file()]
    assert files
    assert [sentinels.found_in(path.read_text(), needles) for path in files] == [[]] * len(files)


def test_it_needs_neither_the_model_nor_the_official_client(remembered):
    """Once a process has read what is installed: the one of these tests has done so for itself alone."""
    subprocess.run([sys.executable, "-m", "kkinfra", "ledger"], env=remembered.variables(), timeout=60, check=True)
    command = [sys.executable, "-X", "importtime", "-m", "kkinfra"]
    for words in (["diff", "test", "-o", "json"], ["deploy", "test", "--yes"]):
        done = subprocess.run(
            [*command, *words], env=remembered.variables(), capture_output=True, text=True, timeout=60, check=False
        )
        imported = {line.split()[-1] for line in re.findall(r"^import time:.*$", done.stderr, re.MULTILINE)}
        assert (done.returncode, imported & HEAVY) == (0, set()), done.stderr[-2000:]
        assert {"kkinfra.targets.kubernetes.plan.prepared", "yaml"} <= imported
        if "json" in words:
            assert json.loads(done.stdout)["differs"] is False
