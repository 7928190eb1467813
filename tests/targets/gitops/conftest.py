"""A bare repository on disk, a real Git, a project with the real specification, and a cluster with Argo CD in it."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from checkout import SPEC_FILE
from cluster_double import ClusterDouble
from kkinfra.images import registry
from kkinfra.rendering.pipeline import open_spec, render, resolve, with_image
from kkinfra.targets.gitops.git.landing import Written, land
from kkinfra.targets.gitops.git.message import About, message
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.gitops.git.tree import touched, write_tree
from programs import need

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "https://github.com/example/kkambbaki-infra.git"
"""At GitHub, where a proposed branch has a page; the tests' Git takes the bare repository instead."""

REAL = SPEC_FILE.read_text(encoding="utf-8").replace("https://git.example.org/kkambbaki-infra.git", ADDRESS)
NAME = "kkambbaki-alpha"
REFRESH = "argocd.argoproj.io/refresh"
GROUP = "argocd-image-updater.argoproj.io"


def run(directory: Path, *arguments: str) -> str:
    done = subprocess.run(
        [need("git"), *arguments], cwd=directory, capture_output=True, text=True, timeout=60, check=False
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


def settings(path: Path, origin: Path) -> Path:
    """The settings of whoever deploys; the repository's address leads to a directory."""
    path.write_text(
        f'[url "file://{origin}"]\n\tinsteadOf = {ADDRESS}\n[user]\n\tname = Dana\n\temail = dana@example.org\n'
        "[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n"
    )
    return path


@pytest.fixture(autouse=True)
def images(monkeypatch):
    """The platforms of images by reference, as registries would tell them; of all others, none is reached."""
    known: dict[str, list[str]] = {}
    monkeypatch.setattr(registry, "platforms", lambda image, _=(): known.get(str(image), []))
    return known


@pytest.fixture(scope="session")
def templates(tmp_path_factory):
    """Repositories that are copied for each test: one that is empty, one with two releases, and the project's."""
    place = tmp_path_factory.mktemp("templates")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", str(settings(place / "gitconfig", place / "releases.git")))
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        _project(place / "project")
        _empty(place / "empty.git", place / "others")
        shutil.copytree(place / "empty.git", place / "releases.git")
        environment = resolve(open_spec(place / "project/spec/environments.yaml"), "alpha")
        for tag in ("1.0.0", "2.0.0"):
            _release(with_image(environment, f"ghcr.io/example/kkambbaki:{tag}", "--image"))
    return place


def _project(place: Path) -> None:
    (place / "spec").mkdir(parents=True)
    (place / "noxfile.py").write_text("")
    (place / "spec/environments.yaml").write_text(REAL)
    run(place, "init", "--quiet")
    run(place, "add", "--all")
    run(place, "commit", "--quiet", "-m", "the spec")


def _empty(path: Path, others: Path) -> None:
    run(path.parent, "init", "--quiet", "--bare", "--initial-branch", "main", str(path))
    run(path, "config", "uploadpack.allowFilter", "true")
    run(path.parent, "clone", "--quiet", str(path), str(others))
    run(others, "commit", "--quiet", "--allow-empty", "-m", "first")
    run(others, "push", "--quiet", "origin", "HEAD:main")
    Origin(path, others).push({"README.md": "ours\n", "beta/kustomization.yaml": "of another environment\n"})


def _release(environment) -> None:
    """As a deploy commits it."""
    about = About("kkambbaki", "alpha", "deploy", str(environment.image), "dana@desk")

    def write(checkout) -> Written:
        change = write_tree(render(environment), checkout.directory)
        return Written(change, touched(change), message(about, change))

    with cloned(environment.delivery) as checkout:
        land(checkout, write, lambda _: None)


@pytest.fixture
def git_config(tmp_path, monkeypatch):
    """Git knows nothing of whoever runs the tests, and leaves nothing outside of a directory of its own."""
    path = settings(tmp_path / "gitconfig", tmp_path / "origin.git")
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
def origin(tmp_path, git_config, templates):
    path = shutil.copytree(templates / "empty.git", tmp_path / "origin.git")
    return Origin(path, tmp_path / "others")


@pytest.fixture
def two(origin, templates):
    """Two releases in the repository; their commits."""
    shutil.rmtree(origin.path)
    shutil.copytree(templates / "releases.git", origin.path)
    return run(origin.path, "rev-parse", "main~1"), origin.tip


@pytest.fixture
def project(tmp_path, git_config, templates, monkeypatch):
    """Where the specification is, in a repository of its own."""
    place = shutil.copytree(templates / "project", tmp_path / "project")
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
            image = {"alias": "kkambbaki", "imageName": "ghcr.io/example/kkambbaki"}
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
