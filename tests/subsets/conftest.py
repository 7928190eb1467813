"""What the tests of subsets share: all that are taken, rendered once, and what was judged."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rendered_subsets import RenderedSubset, rendered
from subset_refusals import refusals_of
from subset_specs import SEED, all_specs

ROOT = Path(__file__).parents[2]
BESIDE_PYTHON = Path(sys.executable).parent
COUNTS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = []


def pytest_report_header() -> str:
    return f"subsets: seed {SEED}"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands on what it has judged."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["judged"] = session.config.stash[COUNTS]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[COUNTS] += getattr(node, "workeroutput", {}).get("judged", [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[COUNTS]:
        terminalreporter.section("what was judged")
        for line in config.stash[COUNTS]:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def count(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Adds a line to the summary."""
    return pytestconfig.stash[COUNTS].append


@pytest.fixture(scope="session")
def run() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Runs a program, that of the session's environment first; output is text, and a hang is a failure."""
    environment = {**os.environ, "PATH": f"{BESIDE_PYTHON}:{os.environ['PATH']}:/usr/sbin", "NO_COLOR": "1"}

    def call(*command: object, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
        argv = [str(step) for step in command]
        return subprocess.run(
            argv, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip

    return call


@pytest.fixture(scope="session")
def taken(tmp_path_factory: pytest.TempPathFactory) -> list[RenderedSubset]:
    """Every subset but those that are refused by hand."""
    directory = tmp_path_factory.mktemp("specs")
    return [rendered(each, directory) for each in all_specs() if not refusals_of(each)]


@pytest.fixture(scope="session")
def hosts(taken: list[RenderedSubset]) -> list[RenderedSubset]:
    """Those for a host with Compose."""
    return [each for each in taken if each.subset.delivery == "ssh"]


@pytest.fixture(scope="session")
def clusters(taken: list[RenderedSubset]) -> list[RenderedSubset]:
    """Those for a cluster."""
    return [each for each in taken if each.subset.delivery != "ssh"]
