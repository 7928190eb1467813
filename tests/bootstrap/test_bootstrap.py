"""`bootstrap.py`: what it decides, without making an environment."""

import hashlib
import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIGEST = "0" * 64


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


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index (PEP 503) that is a directory, with one pip; returns the wheel and the page."""
    directory = tmp_path / "simple" / "pip"
    directory.mkdir(parents=True)
    wheel = directory / "pip-25.3-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "simple").as_uri())
    return wheel, directory / "index.html"


def link(name, fragment=f"#sha256={DIGEST}", attributes=""):
    return f'<a href="../files/{name}{fragment}" {attributes}>{name}</a>'


def test_the_newest_final_pip_that_has_a_digest_is_taken(bootstrap):
    page = "\n".join(
        [
            link("pip-9.0-py3-none-any.whl"),
            link("pip-25.10-py3-none-any.whl"),
            link("pip-25.9-py3-none-any.whl"),
            link("pip-26.0b1-py3-none-any.whl"),
            link("pip-26.1-py3-none-any.whl", attributes='data-yanked=""'),
            link("pip-26.2-py3-none-any.whl", fragment=""),
            link("pip-26.3.tar.gz"),
            link("pip-tools-99.0-py3-none-any.whl"),
        ]
    )
    assert bootstrap.newest_pip(page, "https://example.org/simple/pip/") == (
        "https://example.org/simple/files/pip-25.10-py3-none-any.whl",
        "pip-25.10-py3-none-any.whl",
        DIGEST,
    )


def test_an_index_without_pip_is_an_error_that_says_what_to_do(bootstrap):
    with pytest.raises(bootstrap.BootstrapError, match="install pip, uv or python3-venv"):
        bootstrap.newest_pip("<html></html>", "https://user:secret@example.org/simple/pip/")


def test_a_download_is_checked_against_the_digest_of_the_index(bootstrap, index):
    wheel, page = index
    bootstrap.VENV.mkdir()
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for digest in (right, DIGEST):
        page.write_text(f'<a href="{wheel.as_uri()}#sha256={digest}">{wheel.name}</a>')
        bootstrap.fetch = lambda url: (page if url.endswith("/pip/") else wheel).read_bytes()
        if digest == right:
            assert bootstrap.download_pip().read_bytes() == b"a wheel"
        else:
            with pytest.raises(bootstrap.BootstrapError, match="is not what"):
                bootstrap.download_pip()


def test_credentials_of_an_index_are_not_shown(bootstrap):
    with pytest.raises(bootstrap.BootstrapError) as caught:
        bootstrap.fetch("https://user:s3cret@127.0.0.1:1/simple/pip/")
    assert "s3cret" not in str(caught.value)


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
