"""`kkinfra init`: what it writes where, what it is called, and what it leaves as it was."""

from __future__ import annotations

import json

import pytest

from kkinfra.cli import init
from kkinfra.cli.init import write_starter
from kkinfra.cli.main import main
from kkinfra.errors import KkinfraError, OutputError
from kkinfra.rendering.pipeline import open_spec, render
from kkinfra.system import origin
from kkinfra.system.origin import Origin, given_origin, own_origin

HERE = Origin("kkinfra[docker,nox] @ file:///wheel.whl")
WRITTEN = {
    ".dockerignore", ".gitignore", "noxfile.py", "spec/environments.schema.json", "spec/environments.yaml",
}  # fmt: skip


def files(top):
    return {path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file()}


def test_a_directory_that_is_not_there_is_made(tmp_path, capsys):
    assert main(["init", str(tmp_path / "a/b"), "--from", "git+https://example.org/kkinfra.git@v1"]) == 0
    assert files(tmp_path / "a/b") == WRITTEN
    shown = capsys.readouterr().out
    assert all(f"wrote {tmp_path}/a/b/{path}" in shown for path in WRITTEN)
    assert f"next: `cd {tmp_path}/a/b`, " in shown


@pytest.mark.parametrize(
    ("directory", "pyproject", "project", "database"),
    [
        ("blog", None, "blog", "blog"),
        ("My Shop_2", None, "my-shop-2", "my_shop_2"),
        ("2fast", None, "fast", "fast"),
        ("가게", None, "shop", "shop"),
        ("work-shop", None, "work-shop", "work_shop"),
        ("x" * 80, None, "x" * 40, "x" * 40),
        ("here", '[project]\nname = "Acme.Web"\n', "acme-web", "acme_web"),
        ("here", "[project]\nversion = '1'\n", "here", "here"),
        ("here", "broken [", "here", "here"),
    ],
)
def test_the_project_is_called_after_what_is_there(tmp_path, directory, pyproject, project, database):
    top = tmp_path / directory
    top.mkdir()
    if pyproject:
        (top / "pyproject.toml").write_text(pyproject)
    write_starter(str(top), HERE)
    spec = open_spec(str(top / "spec/environments.yaml"))
    assert spec.project == project
    part = spec.environments["production"].stack["postgresql"]
    assert (part.database, part.user) == (database, database)


def test_the_workflows_are_those_that_its_spec_renders(tmp_path):
    write_starter(str(tmp_path), HERE, workflows=True)
    workflows = {f".github/workflows/{name}-production.yaml" for name in ("check", "deploy")}
    assert files(tmp_path) == WRITTEN | workflows | {".github/requirements.txt"}
    production = open_spec(str(tmp_path / "spec/environments.yaml")).environments["production"]
    rendered = {each.path: each.content for each in render(production) if each.path in workflows}
    assert rendered == {path: (tmp_path / path).read_text() for path in workflows}
    assert (tmp_path / ".github/requirements.txt").read_text() == "kkinfra[docker] @ file:///wheel.whl\n"


@pytest.mark.parametrize("path", ["noxfile.py", "spec/environments.yaml", "spec/environments.schema.json"])
def test_a_file_that_is_there_is_named_and_nothing_is_written(tmp_path, path):
    (tmp_path / "spec").mkdir()
    (tmp_path / path).write_text("mine\n")
    with pytest.raises(OutputError, match=f"{path} exists already; nothing was written; "):
        write_starter(str(tmp_path), HERE)
    assert files(tmp_path) == {path}
    assert (tmp_path / path).read_text() == "mine\n"


def test_a_link_to_nowhere_is_not_written_through(tmp_path):
    (tmp_path / "noxfile.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(OutputError, match=r"noxfile\.py exists already"):
        write_starter(str(tmp_path), HERE)
    assert not (tmp_path / "elsewhere.py").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "/build/\n/.nox/\n/.venv/\n__pycache__/\n"),
        ("*.log", "*.log\n/.nox/\n/.venv/\n__pycache__/\n"),
        ("build/\n.nox\n/.venv\n__pycache__/\n", ""),
    ],
)
def test_what_git_ignores_is_added_to(tmp_path, before, after):
    before = before.replace("*.log", "*.log\nbuild")
    (tmp_path / ".gitignore").write_text(before)
    written = write_starter(str(tmp_path), HERE).written
    text = (tmp_path / ".gitignore").read_text()
    assert text.startswith(before)
    assert text == (after.replace("*.log", "*.log\nbuild") or before)
    assert (tmp_path / ".gitignore" in written) == bool(after)


def test_what_cannot_be_finished_is_taken_back(tmp_path, monkeypatch):
    (tmp_path / ".gitignore").write_text("mine\n")
    (tmp_path / ".dockerignore").mkdir()
    with pytest.raises(OutputError, match=r"\.dockerignore cannot be read"):
        write_starter(str(tmp_path), HERE)
    assert files(tmp_path) == {".gitignore"}
    (tmp_path / ".dockerignore").rmdir()
    monkeypatch.setattr(init, "_added", lambda _: {"gone/.gitignore": "x"})
    with pytest.raises(OutputError, match="cannot be written: No such file"):
        write_starter(str(tmp_path), HERE)
    assert files(tmp_path) == {".gitignore"}
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"file is a file; name a directory"):
        write_starter(str(tmp_path / "file"), HERE)
    with pytest.raises(OutputError, match=r"cannot be written: Not a directory; name another directory"):
        write_starter(str(tmp_path / "file/below"), HERE)


@pytest.mark.parametrize(
    ("there", "told"),
    [({"uv", "pipx"}, "`uv tool install nox` installs Nox"), ({"pipx"}, "`pipx install nox` installs"), ({"nox"}, "")],
)
def test_nox_is_installed_by_what_is_there(tmp_path, monkeypatch, there, told):
    monkeypatch.setattr("shutil.which", lambda name: name if name in there else None)
    steps = " ".join(write_starter(str(tmp_path), HERE).steps)
    assert (told in steps, "installs Nox" in steps) == (True, bool(told))


def test_the_steps_are_those_that_are_left(tmp_path):
    steps = " ".join(write_starter(str(tmp_path / "a"), HERE).steps)
    assert "Dockerfile" in steps
    assert "`git init`" in steps
    (tmp_path / "b/.git").mkdir(parents=True)
    (tmp_path / "b/Dockerfile").touch()
    steps = " ".join(write_starter(str(tmp_path / "b"), HERE).steps)
    assert "Dockerfile" not in steps
    assert "git init" not in steps


@pytest.mark.parametrize(
    "source",
    [
        "git+https://example.org/o/kkinfra.git@0123abc",
        "git+ssh://git@example.org/o/kkinfra.git@v1.0",
        "git+file:///srv/kkinfra@main#subdirectory=x",
        "https://example.org/kkinfra-1.0-py3-none-any.whl",
    ],
)
def test_an_address_is_taken_as_it_is(source):
    assert given_origin(source) == Origin(f"kkinfra[docker,nox] @ {source}")


def test_a_wheel_is_named_by_its_whole_path(tmp_path, monkeypatch):
    (tmp_path / "my 휠").mkdir()
    (tmp_path / "my 휠/kkinfra-1.0-py3-none-any.whl").touch()
    monkeypatch.chdir(tmp_path)
    found = given_origin("my 휠/kkinfra-1.0-py3-none-any.whl")
    assert found.requirement == f"kkinfra[docker,nox] @ {(tmp_path / 'my 휠/kkinfra-1.0-py3-none-any.whl').as_uri()}"
    assert "this machine alone" in found.note


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("git+https://example.org/o/kkinfra.git", "names no commit"),
        ("git+ssh://git@example.org/o/kkinfra.git", "names no commit"),
        ("nowhere.whl", "is no place"),
        ("kkinfra", "is no place"),
        ("", "is no place"),
    ],
)
def test_what_is_no_place_is_refused(tmp_path, monkeypatch, source, problem):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(KkinfraError, match=problem):
        given_origin(source)


class Installed:
    """A distribution whose metadata say where it came from."""

    version = "1.2"

    def __init__(self, place, urls=()):
        self.place, self.metadata = place, self
        self.get_all = lambda _: list(urls)

    def read_text(self, _):
        return json.dumps(self.place) if self.place else None


@pytest.fixture
def from_place(monkeypatch):
    def own(place, *urls):
        monkeypatch.setattr("importlib.metadata.distribution", lambda _: Installed(place, urls))
        return own_origin()

    return own


def test_a_wheel_that_is_gone_is_told(from_place):
    with pytest.raises(
        KkinfraError, match=r"installed from /gone/x\.whl, which is gone; name another place with --from"
    ):
        from_place({"url": "file:///gone/x.whl", "archive_info": {}})


def test_of_an_index_it_is_that_version(from_place):
    found = from_place(None)
    assert found.requirement == "kkinfra[docker,nox]==1.2"
    assert "index" in found.note


def test_an_address_in_the_metadata_that_is_not_of_the_source_is_not_asked(from_place, monkeypatch):
    asked = []
    monkeypatch.setattr(origin, "_tagged", lambda url, _: asked.append(url) or "abc")
    found = from_place(None, "Homepage, https://example.org", "Source Code, https://example.org/x.git")
    assert (asked, found.requirement) == (
        ["https://example.org/x.git"],
        "kkinfra[docker,nox] @ git+https://example.org/x.git@abc",
    )
