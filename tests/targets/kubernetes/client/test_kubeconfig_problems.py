"""A kubeconfig that leads to no cluster is told for what it is, and not for a client that is not installed."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from kkinfra.errors import ClusterError
from kkinfra.targets.kubernetes.client import api

GOOD = {
    "current-context": "home",
    "clusters": [{"name": "lab", "cluster": {"server": "http://127.0.0.1:9"}}],
    "users": [{"name": "me", "user": {"token": "sentinel-7261"}}],
    "contexts": [{"name": "home", "context": {"cluster": "lab", "user": "me"}}],
}
EXEC = [{"name": "me", "user": {"exec": {"command": "sign-in"}}}]


@pytest.fixture(autouse=True)
def _without_the_client(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "kubernetes", None)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)


def told(context=""):
    with pytest.raises(ClusterError) as error:
        api.connect_cluster(context)
    (line,) = str(error.value).splitlines()
    assert "sentinel-7261" not in line
    return line


def test_none_at_the_usual_place(tmp_path):
    line = told()
    assert f"there is no kubeconfig at {tmp_path}/.kube/config; put the one there" in line
    assert "set KUBECONFIG" in line


def test_every_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")
    assert f"at {tmp_path}/a or {tmp_path}/b, which KUBECONFIG names;" in told()


@pytest.mark.parametrize(
    ("content", "context", "expected"),
    [
        ("", "", "has no contexts"),
        ("just text", "", "is not a kubeconfig"),
        ("token: sentinel-7261\nclusters: [", "", "is not YAML (expected the node content"),
        (b"\xff\xfe\x00", "", "is not text in YAML"),
        (None, "", "cannot be read (Is a directory)"),
        ({"contexts": "none"}, "", "has no contexts"),
        ({"contexts": []}, "", "has no contexts"),
        ({"current-context": None}, "", "no usable current context: current-context is not in"),
        ({"current-context": "gone"}, "", "no usable current context: gone is not in"),
        ({}, "hame", "no usable context hame: hame is not in"),
        ({}, "hame", "(did you mean 'home'?), which has home; see `kubectl config get-contexts`"),
        ({"clusters": []}, "", "its cluster lab is not among the clusters of"),
        ({"users": []}, "home", "its user me is not among the users of"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(content, context, expected, tmp_path, monkeypatch):
    path = tmp_path / "config"
    if content is None:
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else yaml.safe_dump({**GOOD, **content}))
    monkeypatch.setenv("KUBECONFIG", str(path))
    line = told(context)
    assert expected in line
    assert str(path) in line


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_one_that_may_not_be_read(closed, monkeypatch):
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "config")
        path.write_text(yaml.safe_dump(GOOD))
        monkeypatch.setenv("KUBECONFIG", str(path))
        path.chmod(0)
        path.parent.chmod(0o755 if closed == "file" else 0o600)
        with another_user():
            assert "cannot be read (Permission denied)" in told()
        path.parent.chmod(0o755)


@contextmanager
def another_user():
    """Root may read every file, so that somebody else has to."""
    before = os.geteuid()
    os.seteuid(before or 65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_what_only_the_official_client_knows_still_asks_for_it(tmp_path, monkeypatch):
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump({**GOOD, "users": EXEC}))
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert told().startswith("the Kubernetes client is not installed")


def test_several_files_are_taken_together(tmp_path, monkeypatch):
    """As kubectl does; some may be missing."""
    (tmp_path / "a").write_text(yaml.safe_dump({key: GOOD[key] for key in ("current-context", "contexts")}))
    (tmp_path / "b").write_text(yaml.safe_dump({key: GOOD[key] for key in ("clusters", "users")}))
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/missing:{tmp_path}/b")
    assert told().startswith("the Kubernetes client is not installed")
