"""What holds for all tests: how Hypothesis looks for examples, and what a test needs beside Python."""

from __future__ import annotations

import gc
import signal

import pytest

import programs

SEED = "0"
"""Every run tries the same examples, on every machine; `--hypothesis-seed=NUMBER` tries others."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    config.addinivalue_line("markers", "needs(program, *alternatives): skip where none of them is installed.")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as for all that a script starts in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(config.option, "hypothesis_seed"):
        _set_up_hypothesis(config.option)


def _set_up_hypothesis(option):
    """No limit of time, as a busy machine is slow; no database, so that the seed alone says what is tried."""
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "kkinfra", deadline=None, derandomize=False, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("kkinfra")
    option.hypothesis_seed = option.hypothesis_seed or SEED


def pytest_report_header(config):
    seed = getattr(config.option, "hypothesis_seed", None)
    return None if seed is None else f"hypothesis: no deadline; --hypothesis-seed={seed} repeats this run"


def pytest_runtest_setup(item):
    for mark in item.iter_markers("needs"):
        programs.need(*mark.args)


def pytest_runtest_teardown():
    """Collect again: the command, run in this process, stops that for its one short run, and all would pile up."""
    gc.unfreeze()
    gc.enable()
