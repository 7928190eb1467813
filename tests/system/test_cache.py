"""The quick answer must never be wrong: whatever goes in or comes out, a change is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kkinfra
from kkinfra.system import cache


@pytest.fixture
def rendered(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    spec, out, code = tmp_path / "specs/spec.yaml", tmp_path / "out", tmp_path / "renderer"
    spec.parent.mkdir()
    spec.write_text("a: 1\n")
    out.mkdir()
    (out / "x").write_text("1")
    (out / "y").write_text("2")
    code.mkdir()
    (code / "code.py").write_text("pass\n")
    cache.keep(str(spec), str(out), cache.inputs(str(spec), [str(code)]), [str(code)], ["x", "y"])
    return tmp_path


def current(top):
    return cache.is_current(str(top / "specs/spec.yaml"), str(top / "out"))


def test_nothing_changed(rendered):
    assert current(rendered) == 1  # the inventory does not count


@pytest.mark.parametrize("path", ["specs/spec.yaml", "out/x", "out/y", "renderer/code.py"])
def test_a_changed_file_is_noticed(rendered, path):
    (rendered / path).write_text("changed")
    assert current(rendered) is None


@pytest.mark.parametrize("path", ["specs/spec.yaml", "out/x"])
def test_a_removed_file_is_noticed(rendered, path):
    (rendered / path).unlink()
    assert current(rendered) is None


def test_new_code_is_noticed(rendered):
    (rendered / "renderer/more.py").write_text("pass\n")
    assert current(rendered) is None


def test_a_mode_that_changed_is_noticed(rendered):
    (rendered / "out/x").chmod(0o755)
    assert current(rendered) is None


def test_another_installed_package_is_noticed(rendered, monkeypatch):
    (rendered / "site/shop_renderer-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(rendered / "site"))
    assert current(rendered) is None


def test_a_package_that_was_installed_anew_is_noticed(rendered, monkeypatch):
    metadata = rendered / "site/shop_renderer-1.0.dist-info"
    metadata.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(rendered / "site"))
    spec, out = str(rendered / "specs/spec.yaml"), str(rendered / "out")
    cache.keep(spec, out, cache.inputs(spec, []), [], ["x", "y"])
    assert current(rendered) == 1
    (metadata / "entry_points.txt").write_text("[kkinfra.renderers]\n")
    assert current(rendered) is None


def test_another_name_for_the_spec_in_headers_is_noticed(rendered):
    (rendered / "noxfile.py").write_text("")
    assert current(rendered) is None


@pytest.mark.parametrize("content", ["", "kkinfra stamp 1", "\udcff", "kkinfra stamp 0\na\nb\nc"])
def test_a_broken_stamp_costs_a_render_and_nothing_else(rendered, content):
    (path,) = (rendered / "cache/kkinfra").iterdir()
    path.write_text(content, errors="surrogateescape")
    assert current(rendered) is None


def test_a_change_while_rendering_is_noticed(rendered):
    spec, out = str(rendered / "specs/spec.yaml"), str(rendered / "out")
    before = cache.inputs(spec, [])
    (rendered / "specs/spec.yaml").write_text("a: 2\n")
    cache.keep(spec, out, before, [], ["x", "y"])
    assert current(rendered) is None


def test_a_spec_that_cannot_be_read_has_no_inputs(tmp_path):
    assert cache.inputs(str(tmp_path), []) == cache.inputs(str(tmp_path / "missing"), []) == ""


def test_a_cache_that_cannot_be_written_is_no_error(rendered, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    spec = str(rendered / "specs/spec.yaml")
    cache.keep(spec, str(rendered / "out"), cache.inputs(spec, []), [], ["x"])
    assert current(rendered) is None


def test_a_strangers_file_is_noticed(rendered):
    (rendered / "out/mine").write_text("")
    assert current(rendered) is None


WATCHED = """
import os, pathlib, sys
from kkinfra.system import cache
spec, package = sys.argv[1], pathlib.Path(cache.__file__).parents[1]
seen = {cache.inputs(spec, [])}
folders = sorted(each for each in package.rglob("*") if each.is_dir() and each.name != "__pycache__")
for folder in (package, *folders):
    (folder / "new.py").touch()
    seen.add(cache.inputs(spec, []))
print(len(seen) - 1, 1 + len(folders))
"""


def test_kkinfra_s_own_code_is_noticed_in_every_folder(rendered):
    shutil.copytree(Path(kkinfra.__file__).parent, rendered / "kkinfra", ignore=shutil.ignore_patterns("__pycache__"))
    argv = [sys.executable, "-c", WATCHED, str(rendered / "specs/spec.yaml")]
    done = subprocess.run(argv, cwd=rendered, capture_output=True, text=True, check=True)
    noticed, folders = map(int, done.stdout.split())
    assert noticed == folders > 30


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A directory of installed packages, and what is remembered of them."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    metadata = tmp_path / "site/shop_renderer-1.0.dist-info"
    metadata.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    cache.remember_of_installed("plug-ins", "two\nlines")
    assert cache.remembered_of_installed("plug-ins") == "two\nlines"
    return tmp_path


def test_what_is_known_of_packages_holds_wherever_it_is_asked(installed, monkeypatch):
    (installed / "empty").mkdir()
    monkeypatch.syspath_prepend(str(installed / "empty"))
    assert cache.remembered_of_installed("plug-ins") == "two\nlines"
    assert cache.remembered_of_installed("another") is None


@pytest.mark.parametrize("path", ["site/another-1.0.dist-info", "site/shop_renderer-1.0.dist-info/RECORD"])
def test_it_is_forgotten_with_a_package_that_comes_or_is_installed_anew(installed, path):
    (installed / path).mkdir()
    assert cache.remembered_of_installed("plug-ins") is None


def test_it_is_forgotten_with_an_archive_of_packages_that_changes(installed, monkeypatch):
    archive = installed / "packages.zip"
    archive.write_bytes(b"1")
    monkeypatch.syspath_prepend(str(archive))
    assert cache.remembered_of_installed("plug-ins") is None
    cache.remember_of_installed("plug-ins", "more")
    os.utime(archive, ns=(1, 1))
    assert cache.remembered_of_installed("plug-ins") is None


@pytest.mark.parametrize("content", ["", "kkinfra stamp 4", "kkinfra stamp 0\na\nb", "\udcff"])
def test_a_damaged_file_is_none(installed, content):
    (path,) = (installed / "cache/kkinfra").iterdir()
    path.write_text(content, errors="surrogateescape")
    assert cache.remembered_of_installed("plug-ins") is None
