"""From nothing to a rendered, built and compared project, with the wheel and no index that has kkinfra."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import nox.project
import pytest

from recorded_engine import RecordedEngine
from repository import PLAIN, Repository

HIDDEN = ("VIRTUAL_ENV", "PYTHONPATH", "KKINFRA_SPEC", "GIT_DIR")
NAMES = "새 가게 Shop-1"
UV = str(Path(sys.executable).with_name("uv"))


class New(Repository):
    """A repository of somebody who has just installed kkinfra."""

    def run(self, program, *arguments, **variables):
        kept = {name: value for name, value in os.environ.items() if name not in HIDDEN}
        path = f"{Path(UV).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [program, *arguments], cwd=self.path, env={**kept, **PLAIN, **variables, "PATH": path},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done

    def must(self, program, *arguments, **variables):
        done = self.run(program, *arguments, **variables)
        assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def dependencies(self):
        return nox.project.load_toml(self.path / "noxfile.py")["dependencies"]


@pytest.fixture
def new(tmp_path):
    (tmp_path / NAMES).mkdir()
    return New(tmp_path / NAMES)


@pytest.fixture(scope="session")
def with_docker(installed, call):
    """The programs of the environment that has the wheel, with the extra `docker` as well."""
    call(UV, "pip", "install", "--quiet", "--python", installed / "python", "docker>=7.1,<8")
    return installed


@pytest.fixture(params=["double", "real"])
def engine(request, tmp_path, with_docker):
    """An engine's variables: a double of one, and a real one where one answers."""
    if request.param == "double":
        with RecordedEngine() as double:
            yield {"DOCKER_HOST": double.url, "DOCKER_CONFIG": str(tmp_path)}
        return
    asked = "from kkinfra.images.engine import connect_engine\nwith connect_engine(seconds=10): pass"
    if subprocess.run([with_docker / "python", "-c", asked], capture_output=True, timeout=60, check=False).returncode:
        pytest.skip("needs a Docker engine, and none answers here: the double alone builds")
    yield {}


def test_what_init_writes_validates_renders_builds_and_compares(new, with_docker, engine):
    kkinfra = with_docker / "kkinfra"
    said = new.must(kkinfra, "init")
    assert "`git init`, and commit" in said
    assert "write a Dockerfile" in said
    new.git("init", "--quiet", "--initial-branch", "main")
    new.write("Dockerfile", "FROM scratch\nCOPY noxfile.py /\n")
    new.commit()
    assert re.search(r"staging, production valid; \d proofs, 1 accepted finding\n$", new.must(kkinfra, "validate"))
    new.must(kkinfra, "render", "--all")
    assert new.git("status", "--porcelain") == "", "what was rendered is in nobody's way"
    built = new.must(kkinfra, "build", "production", **engine)
    assert "ghcr.io/example/shop-1:1.0.0" in built
    compared = new.run(kkinfra, "diff", "production")
    assert compared.returncode == 1
    assert "correct delivery.host, or the DNS record" in compared.stdout + compared.stderr
    compared = new.run(kkinfra, "diff", "staging", KUBECONFIG=str(new.path / "none"))
    assert f"there is no kubeconfig at {new.path}/none" in compared.stdout + compared.stderr


def test_its_noxfile_installs_kkinfra_by_itself(new, installed, distributions):
    new.must(installed / "kkinfra", "init")
    assert new.dependencies == ["nox", f"kkinfra[docker,nox] @ {distributions[0].as_uri()}"]
    assert "- render-production -> " in new.must(installed / "nox", "-l")
    new.must(installed / "nox", "-s", "render-production")
    assert (new.path / "build/production/compose.yaml").is_file()
    python = new.path / ".nox/_nox_script_mode/bin/python"
    assert Path(new.must(python, "-c", "import kkinfra; print(kkinfra.__file__)").strip()).is_relative_to(new.path)


@pytest.fixture(scope="session")
def published(distributions, tmp_path_factory):
    """A Git repository with kkinfra's source and a tag of its release, whose metadata name it; and its commit."""
    top = tmp_path_factory.mktemp("published")
    with tarfile.open(distributions[1]) as archive:
        archive.extractall(top, filter="data")
    (source,) = top.iterdir()
    pyproject = source / "pyproject.toml"
    text = pyproject.read_text().replace(
        "[project.scripts]", f'[project.urls]\nRepository = "{source.as_uri()}"\n\n[project.scripts]'
    )
    pyproject.write_text(text)
    repository = Repository(source)
    repository.git("init", "--quiet", "--initial-branch", "main")
    commit = repository.commit("release")
    repository.git("tag", "--annotate", "-m", "release", f"v{version(distributions[0])}")
    repository.commit("later")
    return source, commit


def version(wheel):
    return wheel.name.split("-")[1]


def test_a_pinned_git_url_is_what_the_noxfile_installs(new, installed, published):
    source, commit = published
    new.must(installed / "kkinfra", "init", "--from", f"git+{source.as_uri()}@{commit}")
    assert "- render-staging -> " in new.must(installed / "nox", "-l")


def test_a_release_at_the_projects_own_url_is_pinned(new, published, tmp_path):
    source, commit = published
    python = environment(new, tmp_path, source)
    new.must(python, "-m", "kkinfra", "init")
    assert new.dependencies[1] == f"kkinfra[docker,nox] @ git+{source.as_uri()}@{commit}"


def test_without_that_release_it_is_where_it_was_installed_from(new, published, tmp_path):
    source, _ = published
    python = environment(new, tmp_path, source)
    Repository(source).git("tag", "moved", "HEAD")
    (info,) = tmp_path.glob("venv/lib/python*/site-packages/kkinfra-*.dist-info/METADATA")
    gone = "Project-URL: Repository, file:///nonexistent/kkinfra.git"
    info.write_text(re.sub(r"(?m)^Project-URL: .*$", gone, info.read_text()))
    new.must(python, "-m", "kkinfra", "init")
    assert new.dependencies[1] == f"kkinfra[docker,nox] @ {source.as_uri()}"


def test_installed_from_git_it_is_that_commit(new, published, tmp_path):
    source, commit = published
    python = environment(new, tmp_path, f"git+{source.as_uri()}@{commit}")
    new.must(python, "-m", "kkinfra", "init")
    assert new.dependencies[1] == f"kkinfra[docker,nox] @ git+{source.as_uri()}@{commit}"


def environment(new, tmp_path, *what):
    python = tmp_path / "venv/bin/python"
    new.must(UV, "venv", "--quiet", str(tmp_path / "venv"))
    new.must(UV, "pip", "install", "--quiet", "--python", str(python), *(str(each) for each in what))
    return python


def test_what_kkinfra_and_nox_write_is_ignored(new, installed):
    new.must(installed / "kkinfra", "init")
    for ignored in ("build/x", ".nox/x", ".venv/x", "app/__pycache__/x.pyc"):
        new.write(ignored)
    new.git("init", "--quiet")
    assert new.git("status", "--porcelain", "--untracked-files=all", "--", "build", ".nox", ".venv", "app") == ""
