"""A repository to build, an engine to build it, and the command in between."""

from __future__ import annotations

import os

import pytest

import repository as repositories
from in_process import kkinfra  # noqa: F401 - a fixture
from recorded_buildx import RecordedBuildx
from recorded_engine import RecordedEngine


@pytest.fixture(autouse=True)
def plain_surroundings(monkeypatch, tmp_path_factory):
    """Neither Git nor Docker sees the settings of whoever runs the tests."""
    for name in ("KKINFRA_SPEC", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH", "GIT_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in repositories.PLAIN.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path_factory.mktemp("docker")))
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """The present directory."""
    monkeypatch.chdir(tmp_path)
    return repositories.make(tmp_path)


@pytest.fixture
def engine(monkeypatch):
    with RecordedEngine() as engine:
        monkeypatch.setenv("DOCKER_HOST", engine.url)
        yield engine


@pytest.fixture(autouse=True)
def buildx(monkeypatch, tmp_path_factory):
    """Docker's command, without buildx unless a test says so."""
    place = tmp_path_factory.mktemp("path")
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    found = RecordedBuildx(place)
    found.is_missing()
    return found
