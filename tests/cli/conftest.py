"""The command as a person or a script runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from types import SimpleNamespace

import pytest

from checkout import SPEC_FILE
from kkinfra.cli.main import main


@pytest.fixture
def project(tmp_path):
    """A directory with the real specification."""
    (tmp_path / "spec").mkdir()
    shutil.copy(SPEC_FILE, tmp_path / "spec")
    (tmp_path / "noxfile.py").write_text("")
    return tmp_path


@pytest.fixture
def kkinfra(monkeypatch, capfd):
    """The command in this process."""

    def call(project, *arguments, **environment):
        for name in ("KKINFRA_SPEC", "NO_COLOR"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"XDG_CACHE_HOME": str(project / ".cache"), **environment}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(project)
        code = main(arguments)
        return SimpleNamespace(returncode=code, **dict(zip(("stdout", "stderr"), capfd.readouterr(), strict=True)))

    return call


@pytest.fixture
def as_process():
    """The command in a process of its own."""
    return _as_process


def _as_process(project, *arguments, **environment):
    base = {key: value for key, value in os.environ.items() if key not in ("KKINFRA_SPEC", "NO_COLOR")}
    return subprocess.run(
        [sys.executable, "-m", "kkinfra", *arguments],
        cwd=project,
        env={**base, "XDG_CACHE_HOME": str(project / ".cache"), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
