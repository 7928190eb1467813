"""A bare repository on disk, a real Git, a project with the real specification, and a cluster with Argo CD in it."""

from __future__ import annotations

import argparse
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cluster_double import ClusterDouble
from kkinfra.pipeline import open_spec, resolve

REAL = (Path(__file__).parents[2] / "spec/environments.yaml").read_text(encoding="utf-8")
ADDRESS = "https://github.com/singun11/kkambbaki-infra.git"
NAME = "kkambbaki-alpha"
REFRESH = "argocd.argoproj.io/refresh"
GROUP = "argocd-image-updater.argoproj.io"


def run(directory: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=directory, capture_output=True, text=True, timeout=30, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@dataclass
class Origin:
    """The GitOps repository as everybody else sees it."""

    path: Path
    others: Path

    @property
    def tip(self) -> str:
        return run(self.path, "rev-parse", "main")

    def files(self, revision: str = "main") -> list[str]:
        return run(self.path, "ls-tree", "-r", "--name-only", revision).splitlines()

    def show(self, path: str, revision: str = "main") -> str:
        return run(self.path, "show", f"{revision}:{path}")

    def log(self, form: str = "%B") -> str:
        return run(self.path, "log", f"--format={form}", "main")

    def count(self) -> int:
        return int(run(self.path, "rev-list", "--count", "main"))

    def push(self, files: dict[str, str | None], message: str = "by somebody else", *, who: str = "other") -> str:
        """A commit of somebody else; None removes a file."""
        if not self.others.exists():
            run(self.path.parent, "clone", "--quiet", str(self.path), str(self.others))
        run(self.others, "pull", "--quiet", "--ff-only", "origin", "main")
        for path, content in files.items():
            file = self.others / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                file.unlink()
            else:
                file.write_text(content)
        run(self.others, "add", "--all")
        run(self.others, "-c", f"user.name={who}", "commit", "--quiet", "--allow-empty", "-m", message)
        run(self.others, "push", "--quiet", "origin", "HEAD:main")
        return self.tip

    def hook(self, name: str, script: str) -> None:
        file = self.path / "hooks" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)


@pytest.fixture
def git_config(tmp_path, monkeypatch):
    """The settings of whoever deploys; the repository's address leads to a directory."""
    path = tmp_path / "gitconfig"
    origin = tmp_path / "origin.git"
    path.write_text(
        f'[url "file://{origin}"]\n\tinsteadOf = {ADDRESS}\n[user]\n\tname = Dana\n\temail = dana@example.org\n'
        "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in [each for each in os.environ if each.startswith(("GIT_AUTHOR", "GIT_COMMITTER"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("EMAIL", raising=False)
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return path


@pytest.fixture
def origin(tmp_path, git_config):
    path = tmp_path / "origin.git"
    run(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    run(path, "config", "uploadpack.allowFilter", "true")
    made = Origin(path, tmp_path / "others")
    run(tmp_path, "clone", "--quiet", str(path), str(made.others))
    run(made.others, "commit", "--quiet", "--allow-empty", "-m", "first")
    run(made.others, "push", "--quiet", "origin", "HEAD:main")
    made.push({"README.md": "ours\n", "beta/kustomization.yaml": "of another environment\n"})
    return made


@pytest.fixture
def project(tmp_path, git_config, monkeypatch):
    """Where the specification is, in a repository of its own."""
    place = tmp_path / "project"
    (place / "spec").mkdir(parents=True)
    (place / "noxfile.py").write_text("")
    (place / "spec/environments.yaml").write_text(REAL)
    run(place, "init", "--quiet")
    run(place, "add", "--all")
    run(place, "commit", "--quiet", "-m", "the spec")
    monkeypatch.chdir(place)
    return place


@dataclass
class ArgoCd:
    """Argo CD as far as it shows in the cluster: it sees a commit where it is asked to, and says how it is.

    `outcome` is what its status says besides, once it has seen a commit.
    """

    cluster: ClusterDouble
    origin: Origin
    outcome: dict[str, Any] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def install(self, *, updater: bool = True) -> None:
        spec = {"source": {"path": "alpha"}}
        meta = {"name": NAME, "namespace": "argocd"}
        self.cluster.objects.create(
            {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": meta, "spec": spec}
        )
        if updater:
            image = {"alias": "kkambbaki", "imageName": "ghcr.io/singun11/kkambbaki"}
            references = [{"namePattern": NAME, "images": [image]}]
            self.cluster.objects.create({
                "apiVersion": f"{GROUP}/v1alpha1", "kind": "ImageUpdater", "metadata": dict(meta),
                "spec": {"applicationRefs": references},
            })  # fmt: skip

    def run(self) -> None:
        while not self.over.wait(0.02):
            found = self.cluster.objects.find("Application", NAME, "argocd")
            if found and REFRESH in found["metadata"].get("annotations", {}):
                self.sync()

    def sync(self) -> None:
        revision = self.origin.tip
        self.seen.append(revision)
        status = {
            "sync": {"status": "Synced", "revision": revision}, "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded", "syncResult": {"revision": revision}}, **self.outcome,
        }  # fmt: skip
        self.cluster.objects.patch(
            "Application", NAME, "argocd", {"metadata": {"annotations": {REFRESH: None}}, "status": status},
            manager="argocd-application-controller",
        )  # fmt: skip

    def ignored(self) -> Any:
        updater = self.cluster.objects.get("ImageUpdater", NAME, "argocd")
        return updater["spec"].get("commonUpdateSettings", {}).get("ignoreTags")


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    with ClusterDouble() as double:
        double.controllers.paused = True
        double.objects.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
        monkeypatch.setenv("KUBECONFIG", str(double.kubeconfig(tmp_path / "kubeconfig")))
        yield double


@pytest.fixture
def argocd(cluster, origin):
    made = ArgoCd(cluster, origin)
    made.install()
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.over.set()
    thread.join(5)


@pytest.fixture
def environment(project):
    return resolve(open_spec(project / "spec/environments.yaml"), "alpha")


@pytest.fixture
def options(project):
    """What somebody asks for at the command line."""
    return argparse.Namespace(
        spec=str(project / "spec/environments.yaml"), environment="alpha", image=None, dry_run=False, yes=True,
        format="text", quiet=False, verbose=False, context=None, timeout=5, lock_wait=0, pull_request=False,
        release=None,
    )  # fmt: skip


def wait_for(condition, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)
