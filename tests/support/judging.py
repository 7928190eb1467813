"""What sessions of judges share: how their programs run, and a summary of what was judged.

Their `conftest.py` takes all names from here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checkout import ROOT

__all__ = [
    "ROOT", "Run", "count", "pytest_configure", "pytest_sessionfinish", "pytest_terminal_summary",
    "pytest_testnodedown", "run",
]  # fmt: skip

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_BESIDE_PYTHON = Path(sys.executable).parent
_COUNTS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_COUNTS] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands on what it has judged."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["judged"] = session.config.stash[_COUNTS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[_COUNTS] += getattr(node, "workeroutput", {}).get("judged", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_COUNTS]:
        terminalreporter.section("what was judged")
        for line in config.stash[_COUNTS]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def count(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Adds a line to the summary."""
    return pytestconfig.stash[_COUNTS].append


@pytest.fixture(scope="session")
def run() -> Run:
    """Runs a program, that of the session's environment first; output is text, and a hang is a failure."""

    def call(*command: object, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
        path = f"{_BESIDE_PYTHON}:{os.environ['PATH']}:/usr/sbin"
        return subprocess.run(
            [str(step) for step in command], cwd=cwd, env={**os.environ, "PATH": path, "NO_COLOR": "1", **variables},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip

    return call
