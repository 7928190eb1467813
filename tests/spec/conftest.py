"""A project whose production leaves its hosts to its stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from kkinfra.spec.stack_outputs import outputs_path, write_outputs
from outputs_of_production import TOLD, left_to_the_stack


@pytest.fixture
def spec(tmp_path, monkeypatch):
    """The specification's path, relative to the present directory."""
    (tmp_path / "noxfile.py").touch()
    (tmp_path / "spec").mkdir()
    monkeypatch.chdir(tmp_path)
    path = Path("spec/environments.yaml")
    path.write_text(left_to_the_stack())
    return path


@pytest.fixture
def told(spec):
    """The file of outputs, written."""
    path = outputs_path(spec, "production")
    assert write_outputs(path, "production", TOLD)
    return path
