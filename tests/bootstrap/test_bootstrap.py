"""`bootstrap.py`: what it decides, without making an environment."""

import importlib.util
import sys

import pytest

from checkout import ROOT


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The module, with a `.venv` of its own."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "bootstrap")
    return module


def test_a_python_that_cannot_install_is_told_what_to_install(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "succeeds", lambda *_: False)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: None)
    with pytest.raises(bootstrap.BootstrapError, match="apt-get install python3-venv"):
        bootstrap.installer()


def test_an_older_python_is_told_what_is_needed(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 9))
    assert bootstrap.main([]) == 1
    assert "kkinfra needs Python 3.11 or later" in capsys.readouterr().err
    assert not bootstrap.VENV.exists()


def test_an_older_python_can_read_the_file():
    compile(source := (ROOT / "bootstrap.py").read_text(), "bootstrap.py", "exec", dont_inherit=True)
    import ast

    ast.parse(source, feature_version=(3, 6))


def finished(bootstrap):
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.symlink_to(sys.executable)
    bootstrap.STAMP.write_text(f"{bootstrap.this_machine()}\n{bootstrap.fingerprint()}\n")


def test_nothing_is_installed_where_nothing_changed(bootstrap, monkeypatch):
    finished(bootstrap)
    monkeypatch.setattr(bootstrap, "install", lambda *_: pytest.fail("it installed"))
    bootstrap.set_up()


@pytest.mark.parametrize(
    ("stamp", "made"),
    [("{machine}\nunfinished\n", True), ("another machine\n{fingerprint}\n", True), ("unfinished\n", True), ("", True)],
)
def test_what_is_half_done_or_from_elsewhere_is_made_anew(bootstrap, monkeypatch, stamp, made):
    finished(bootstrap)
    bootstrap.STAMP.write_text(stamp.format(machine=bootstrap.this_machine(), fingerprint=bootstrap.fingerprint()))
    done = []
    monkeypatch.setattr(bootstrap, "make_environment", lambda: done.append("made"))
    monkeypatch.setattr(bootstrap, "installer", list)
    monkeypatch.setattr(bootstrap, "install", lambda *_: done.append("installed"))
    monkeypatch.setattr(bootstrap, "compile_bytecode", lambda: None)
    bootstrap.set_up()
    assert done == (["made"] if made else []) + ["installed"]
    assert bootstrap.read(bootstrap.STAMP) == [bootstrap.this_machine(), bootstrap.fingerprint()]


def test_what_is_installed_can_build_images(bootstrap, monkeypatch):
    commands = []
    monkeypatch.setattr(bootstrap, "run", lambda command, _: commands.append(command))
    bootstrap.install(["pip", "install"], ["nox"])
    assert commands == [["pip", "install", "--quiet", "nox", "--editable", f"{ROOT}[docker]"]]
