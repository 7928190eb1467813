"""What holds for all tests: nothing is skipped without a reason, nothing races a clock, a seed repeats a run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from programs import REQUIRED, find, need

TESTS = Path(__file__).parents[1]
OWN_PROFILE = re.compile(r"\b(deadline|derandomize|database)=(None|True|False)\b")


def test_a_missing_program_skips_with_its_name(monkeypatch):
    monkeypatch.delenv(REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs nosuch or nosuch-either, which is not installed"):
        need("nosuch", "nosuch-either")


def test_where_a_program_is_required_its_absence_is_a_failure(monkeypatch):
    monkeypatch.setenv(REQUIRED, "git nosuch")
    with pytest.raises(pytest.fail.Exception, match="needs nosuch, which is not installed"):
        need("nosuch")


def test_the_first_alternative_that_is_installed_is_taken(monkeypatch):
    monkeypatch.setenv(REQUIRED, "nosuch")
    assert need("nosuch", "sh") == need("sh") == find("nosuch", "sh")


def test_hypothesis_has_one_profile_without_a_deadline(request):
    assert settings.default.deadline is None
    assert HealthCheck.too_slow in settings.default.suppress_health_check
    assert request.config.getoption("hypothesis_seed") is not None


@pytest.mark.parametrize("path", [path for path in TESTS.rglob("test_*.py") if "hypothesis" in path.read_text()])
def test_no_test_has_a_profile_of_its_own(path):
    assert not OWN_PROFILE.search(path.read_text())


def test_ctrl_c_ends_what_tests_start_also_where_the_suite_runs_in_the_background_of_a_script():
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
