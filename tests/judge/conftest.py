"""What the judges share: the two rendered trees, and a summary of what was judged."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from checkout import EVERYTHING_FILE, SPEC_FILE
from judging import (  # noqa: F401 - hooks and fixtures
    ROOT,
    Run,
    count,
    pytest_configure,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    run,
)

SPEC = SPEC_FILE


@pytest.fixture(scope="session")
def render(run: Run) -> Callable[[str, Path, Path], Path]:  # noqa: F811
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
    trees = [render(name, out, EVERYTHING_FILE) for name in ("cluster", "scaled")]
    found = [path for tree in trees for path in sorted(tree.glob("secrets/*.yaml"))]
    assert found, "nothing was rendered"
    return found


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A directory for a deliberately broken input."""
    return tmp_path
