"""What the judges share: the two rendered trees, and a summary of what was judged."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "spec" / "environments.yaml"
BESIDE_PYTHON = Path(sys.executable).parent

Run = Callable[..., "subprocess.CompletedProcess[str]"]
COUNTS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COUNTS] = []


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
def run() -> Run:
    """Runs a program, that of the session's environment first; output is text, and a hang is a failure."""

    def call(*command: object, cwd: Path = ROOT, **variables: str) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "PATH": f"{BESIDE_PYTHON}:{os.environ['PATH']}:/usr/sbin",
            "NO_COLOR": "1",
            **variables,
        }
        argv = [str(step) for step in command]
        return subprocess.run(
            argv,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def render(run: Run) -> Callable[[str, Path, Path], Path]:
    """Renders an environment of a specification below a directory, by the command; returns the tree."""

    def call(environment: str, out: Path, spec: Path = SPEC) -> Path:
        done = run(sys.executable, "-m", "kkinfra", "render", environment, "--spec", spec, "--out", out)
        assert done.returncode == 0, done.stderr
        return out / environment

    return call


@pytest.fixture(scope="session")
def alpha(render: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alpha as the real specification renders it: Kubernetes."""
    return render("alpha", tmp_path_factory.mktemp("rendered"))


@pytest.fixture(scope="session")
def production(render: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Production as the real specification renders it: Compose and Nginx."""
    return render("production", tmp_path_factory.mktemp("rendered"))


@pytest.fixture(scope="session")
def manifests(alpha: Path) -> Sequence[Path]:
    """Alpha's files of YAML."""
    found = sorted(alpha.rglob("*.yaml"))
    assert found, "nothing was rendered"
    return found


@pytest.fixture(scope="session")
def operated(render: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    """What operators in the cluster make Secrets of, which alpha has none of."""
    out = tmp_path_factory.mktemp("rendered")
    trees = [render(name, out, ROOT / "tests" / "fidelity" / "everything.yaml") for name in ("cluster", "scaled")]
    found = [path for tree in trees for path in sorted(tree.glob("secrets/*.yaml"))]
    assert found, "nothing was rendered"
    return found


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A directory for a deliberately broken input."""
    return tmp_path
