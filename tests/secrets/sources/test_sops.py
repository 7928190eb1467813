"""Secrets in files that the real SOPS encrypted, for an age key that is made here."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from kkinfra.errors import SecretError
from programs import need

pyrage = pytest.importorskip("pyrage", reason="makes age keys; `nox -s tests` installs pyrage")
FILE = "secrets/all.sops.yaml"
ENTRIES = """\
POSTGRES_PASSWORD: pass "with" \\ and 비밀
MANY_LINES: |
  -----BEGIN
  KEY
NUMBER: 5
FLAG: true
DAY: 2020-01-01
LIST: [s3ntinel]
MAPPING: {a: s3ntinel}
EMPTY: ""
NOTHING: null
"""


@pytest.fixture(autouse=True)
def program(monkeypatch):
    """SOPS is on the PATH, or beside the interpreter."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    need("sops")


@pytest.fixture
def key(tmp_path_factory):
    """The file of a key that decrypts, and whom it is encrypted for."""
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path_factory.mktemp("keys") / "key.txt"
    file.write_text(f"{identity}\n")
    return file, str(identity.to_public())


@pytest.fixture
def encrypt(project, key):
    def call(content=ENTRIES, name=FILE):
        project.write(name, content)
        command = ["sops", "encrypt", "--age", key[1], "--in-place", name]
        subprocess.run(command, cwd=project.path, check=True, capture_output=True, timeout=60)
        return project.path / name

    return call


@pytest.fixture
def encrypted(project, key, encrypt, monkeypatch):
    """The file, and whoever deploys has its key."""
    project.comes_from(f"{{sops: {FILE}}}")
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key[0]))
    return encrypt()


def named(project, entry):
    project.spec.write_text(project.spec.read_text().replace(f"{{sops: {FILE}}}", f"{{sops: {FILE}, key: {entry}}}"))


def test_an_entry_of_the_secrets_name(project, encrypted):
    assert b"pass" not in encrypted.read_bytes()
    assert project.password() == 'pass "with" \\ and 비밀'


def test_an_entry_of_another_name(project, encrypted):
    named(project, "MANY_LINES")
    assert project.password() == "-----BEGIN\nKEY\n"


@pytest.mark.parametrize(
    ("name", "content"), [("a.sops.json", '{"POSTGRES_PASSWORD": "pass"}'), ("a.sops.env", "POSTGRES_PASSWORD=pass\n")]
)
def test_other_formats(project, key, encrypt, monkeypatch, name, content):
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(key[0]))
    encrypt(content, name)
    project.comes_from(f"{{sops: {name}}}")
    assert project.password() == "pass"


def test_a_file_is_decrypted_once_for_all_its_secrets(project, encrypted, monkeypatch, tmp_path):
    text = project.spec.read_text().replace(
        "DJANGO_SECRET_KEY:     {env: DJANGO_SECRET_KEY}", f"DJANGO_SECRET_KEY: {{sops: {FILE}, key: MANY_LINES}}"
    )
    project.spec.write_text(text)
    real, counted = shlex.quote(need("sops")), tmp_path / "counted"
    stand_in = project.write("bin/sops", f'#!/bin/sh\necho >> {counted}\nexec {real} "$@"\n', 0o700)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    assert set(project.read()) >= {"DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"}
    assert counted.read_text() == "\n"


@pytest.mark.parametrize("entry", ["NUMBER", "FLAG", "LIST", "MAPPING", "NOTHING"])
def test_an_entry_that_is_no_text(project, encrypted, entry):
    named(project, entry)
    problem = project.problem()
    assert problem == f"the entry {entry} of {FILE} is no text; put it into quotes with `sops edit {FILE}`"


def test_an_entry_that_is_empty(project, encrypted):
    named(project, "EMPTY")
    assert project.problem().startswith("is empty")


def test_an_entry_that_is_not_there(project, encrypted):
    named(project, "ABSENT")
    assert (
        project.problem() == f"{FILE} has no entry ABSENT; add it with `sops edit {FILE}`, or name another with `key`"
    )


@pytest.mark.parametrize("kept", ["nothing", "another key", "no file", "garbage"])
def test_no_key_that_decrypts(project, key, encrypted, monkeypatch, kept):
    monkeypatch.delenv("SOPS_AGE_KEY_FILE")
    if kept == "another key":
        monkeypatch.setenv("SOPS_AGE_KEY", str(pyrage.x25519.Identity.generate()))
    elif kept == "no file":
        monkeypatch.setenv("SOPS_AGE_KEY_FILE", "absent")
    elif kept == "garbage":
        monkeypatch.setenv("SOPS_AGE_KEY", "s3ntinel")
    problem = project.problem()
    assert problem.startswith(f"no key here decrypts {FILE}, which is for {key[1]}; set SOPS_AGE_KEY_FILE")
    assert f"`sops updatekeys {FILE}`" in problem


def test_a_file_that_is_not_encrypted(project, encrypted):
    encrypted.write_text("POSTGRES_PASSWORD: s3ntinel\n")
    assert project.problem().startswith(f"{FILE} is not encrypted; `sops encrypt --in-place {FILE}`")


@pytest.mark.parametrize("change", ["a line less", "another character"])
def test_a_file_that_was_changed_by_hand(project, encrypted, change):
    text = encrypted.read_text()
    if change == "a line less":
        changed = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("NUMBER"))
    else:
        at = text.index("data:") + len("data:")
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    encrypted.write_text(changed)
    assert project.problem().startswith(f"{FILE} was changed without SOPS, or is damaged; take it from Git")


def test_a_file_that_is_not_there(project, encrypted):
    encrypted.unlink()
    assert project.problem().startswith(f"there is no file {FILE} in {project.path}; make it with `sops edit {FILE}`")


def test_a_directory_in_its_place(project, encrypted):
    encrypted.unlink()
    encrypted.mkdir()
    assert project.problem().startswith(f"{FILE} cannot be read; correct the path")


def test_what_sops_does_not_understand_is_not_repeated(project, encrypted):
    encrypted.write_text("POSTGRES_PASSWORD: !!int s3ntinel\nsops: [s3ntinel\n")
    problem = project.problem()
    assert problem.startswith(f"`sops decrypt --output-type json {FILE}` failed with exit code ")
    assert problem.endswith(f"; see why by running it yourself in {project.path}")
    assert "s3ntinel" not in problem


def test_sops_is_not_installed(project, encrypted, monkeypatch):
    monkeypatch.setenv("PATH", str(project.path))
    problem = project.problem()
    assert problem.startswith("sops cannot be started (No such file or directory); install it, or add it to PATH")
    assert "https://getsops.io" in problem


@pytest.mark.parametrize("output", ["", "s3ntinel", '["s3ntinel"]', '{"a": "s3ntinel'])
def test_another_program_of_that_name(project, encrypted, monkeypatch, output):
    stand_in = project.write("bin/sops", f"#!/bin/sh\nprintf %s '{output}'\n", 0o700)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    assert project.problem().endswith("gives no JSON object; install SOPS 3.9 or newer")


def test_sops_that_waits(project, encrypted, monkeypatch):
    monkeypatch.setattr("kkinfra.secrets.sources.sops._SECONDS", 0.2)
    stand_in = project.write("bin/sops", "#!/bin/sh\nexec sleep 30\n", 0o700)
    monkeypatch.setenv("PATH", f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}")
    assert "did not end within 0.2 s; see why by running it yourself" in project.problem()


def test_what_hinders_all_secrets_of_a_file_is_told_of_each(project, encrypted):
    encrypted.unlink()
    text = project.spec.read_text()
    project.spec.write_text(text.replace("{env: DJANGO_SECRET_KEY}", f"{{sops: {FILE}}}"))
    with pytest.raises(SecretError) as raised:
        project.read()
    assert [name for name, _ in raised.value.missing] == ["DJANGO_SECRET_KEY", "POSTGRES_PASSWORD"]
