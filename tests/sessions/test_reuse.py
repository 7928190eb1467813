"""The noxfile of this repository installs into a session's environment once, until what it installs changes."""

import importlib.util
from types import SimpleNamespace

import pytest
from nox.command import CommandFailed

from checkout import ROOT


@pytest.fixture(scope="module")
def noxfile():
    spec = importlib.util.spec_from_file_location("noxfile_under_test", ROOT / "noxfile.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session that records what it would have run."""
    monkeypatch.chdir(ROOT)
    calls = []
    return SimpleNamespace(
        virtualenv=SimpleNamespace(location=str(tmp_path)),
        bin=str(tmp_path / "bin"),
        calls=calls,
        log=calls.append,
        run_install=lambda *command, **_: calls.append(command),
        install=lambda *packages: calls.append(packages),
    )


def test_the_second_call_installs_nothing(noxfile, session):
    noxfile.install(session, "lint")
    assert any("ruff" in each for each in session.calls[0])
    session.calls.clear()
    noxfile.install(session, "lint")
    assert session.calls == []


def test_a_changed_project_or_group_is_installed_anew(noxfile, session, tmp_path, monkeypatch):
    noxfile.install(session, "lint")
    noxfile.install(session, "typecheck")
    changed = tmp_path / "pyproject.toml"
    changed.write_text((ROOT / "pyproject.toml").read_text() + "\n# changed\n")
    monkeypatch.setattr(noxfile, "PYPROJECT", changed)
    noxfile.install(session, "typecheck")
    assert len(session.calls) == 3


def test_an_installation_that_failed_is_tried_again(noxfile, session):
    def fail(*_, **__):
        raise CommandFailed

    session.run_install = session.install = fail
    for _ in range(2):
        with pytest.raises(CommandFailed):
            noxfile.install(session, "lint")


def test_pip_installs_where_uv_cannot(noxfile, session):
    def fail(*_, **__):
        raise CommandFailed

    session.run_install = fail
    noxfile.install(session, "lint")
    assert session.calls[-1][:3] == ("--quiet", "--editable", ".")
