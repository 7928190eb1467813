"""What holds for all tests: how Hypothesis looks for examples, and what a test needs beside Python."""

from __future__ import annotations

import os
import random

import pytest

import programs

FIXED_SEED = 0
"""The seed in CI: every run there tries the same examples."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "needs(program, *alternatives): skip where none of them is installed.")
    if hasattr(config.option, "hypothesis_seed"):
        _set_up_hypothesis(config.option)


def _set_up_hypothesis(option):
    """No limit of time, as a busy machine is slow; no database, so that the seed alone says what is tried."""
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "kkinfra", deadline=None, derandomize=False, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("kkinfra")
    if option.hypothesis_seed is None:
        option.hypothesis_seed = str(FIXED_SEED if os.environ.get("CI") else random.randrange(2**32))  # noqa: S311


def pytest_report_header(config):
    seed = getattr(config.option, "hypothesis_seed", None)
    return None if seed is None else f"hypothesis: to repeat this run, --hypothesis-seed={seed}"


def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        programs.need(*mark.args)
