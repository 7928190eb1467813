"""Secrets in variables and files of whoever deploys, and what is wrong with some."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest

from kkinfra.errors import SecretError
from kkinfra.secrets.sources import read_secrets

MOST = 65_536


@pytest.fixture
def from_file(project):
    project.comes_from("{file: secrets/postgres}")
    return lambda content, mode=0o600: project.write("secrets/postgres", content, mode)


@pytest.fixture
def as_somebody_else():
    """Root may read everything, others not what has no mode."""

    @contextmanager
    def change():
        mine = os.geteuid()
        if mine == 0:
            os.seteuid(65_534)
        yield
        os.seteuid(mine)

    return change


def test_those_that_are_needed_are_read(project):
    assert project.read() == {name: os.environ[name] for name in sorted(os.environ) if name in project.read()}
    assert list(project.read()) == [
        "DJANGO_SECRET_KEY",
        "FLOWER_BASIC_AUTH",
        "POSTGRES_PASSWORD",
        "REGISTRY_DOCKERCONFIG",
    ]


def test_those_that_nobody_reads_are_not(project, monkeypatch):
    project.spec.write_text(
        project.spec.read_text().replace(
            "secrets:",
            "secrets:\n  OTHER: {env: OTHER, readers: [celery-beat]}\n  UNUSED: {env: UNUSED, readers: []}",
            1,
        )
    )
    with pytest.raises(SecretError) as raised:
        project.read()
    assert [name for name, _ in raised.value.missing] == ["OTHER"]
    monkeypatch.setenv("OTHER", "x")
    assert project.read()["OTHER"] == "x"


def test_a_database_in_the_cluster_reads_its_own_password(project):
    text = project.spec.read_text()
    nobody = text.replace("POSTGRES_PASSWORD:     {env: POSTGRES_PASSWORD}", "POSTGRES_PASSWORD: {env: X, readers: []}")
    project.spec.write_text(nobody.replace("  migration: ", "  # migration: "))
    with pytest.raises(SecretError, match="POSTGRES_PASSWORD: the variable X is not set"):
        project.read("alpha")
    assert "POSTGRES_PASSWORD" not in project.read("production")


def test_some_can_be_asked_for(project):
    assert list(project.read(names=["POSTGRES_PASSWORD"])) == ["POSTGRES_PASSWORD"]
    assert project.read(names=[]) == {}
    assert "is no secret of production; write it under `secrets`" in project.problem("POSTGRES_PASWORD")


def test_all_that_are_missing_are_told_at_once(project, monkeypatch):
    monkeypatch.delenv("DJANGO_SECRET_KEY")
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "")
    project.comes_from("{file: secrets/postgres}")
    with pytest.raises(SecretError) as raised:
        project.read()
    assert [name for name, _ in raised.value.missing] == ["DJANGO_SECRET_KEY", "FLOWER_BASIC_AUTH", "POSTGRES_PASSWORD"]
    first, *others = str(raised.value).splitlines()
    assert first == "3 secrets of production cannot be used; nothing was changed"
    assert others == [f"  {name}: {problem}" for name, problem in raised.value.missing]


def test_a_variable_that_is_not_set(project, monkeypatch):
    monkeypatch.delenv("POSTGRES_PASSWORD")
    assert project.problem().startswith("the variable POSTGRES_PASSWORD is not set; export it")


@pytest.mark.parametrize("nothing", ["", " ", "\n", "\t \r\n"])
def test_an_empty_variable_is_a_missing_one(project, monkeypatch, nothing):
    monkeypatch.setenv("POSTGRES_PASSWORD", nothing)
    assert project.problem().startswith("the variable POSTGRES_PASSWORD is set but empty; give it its value")


def test_a_variable_may_have_another_name_than_its_secret(project, monkeypatch):
    project.comes_from("{env: PGPASSWORD}")
    monkeypatch.setenv("PGPASSWORD", "other")
    assert project.password() == "other"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        ("pass", "pass"),
        ("pass\n", "pass"),
        ("pass\r\n", "pass"),
        ("pass\n\n", "pass\n"),
        ("pass\r", "pass\r"),
        (" pass ", " pass "),
        ("-----BEGIN\nKEY\n", "-----BEGIN\nKEY"),
        ("비밀 \N{GRINNING FACE}", "비밀 \N{GRINNING FACE}"),
        ("x" * MOST + "\n", "x" * MOST),
        ("x" * MOST + "\r\n", "x" * MOST),
    ],
)
def test_a_file_is_taken_as_it_is_but_for_one_newline(project, from_file, content, secret):
    from_file(content)
    assert project.password() == secret


def test_a_file_may_be_anywhere(project, tmp_path_factory):
    file = tmp_path_factory.mktemp("elsewhere") / "password"
    file.write_text("pass")
    file.chmod(0o400)
    project.comes_from(f"{{file: {file}}}")
    assert project.password() == "pass"


def test_a_file_is_found_from_anywhere_in_the_project(project, from_file, monkeypatch):
    from_file("pass")
    monkeypatch.chdir("spec")
    assert project.password() == "pass"


def test_a_file_that_is_not_there(project, from_file):
    problem = project.problem()
    assert problem.startswith(f"there is no file {project.path}/secrets/postgres; put the secret there")
    assert f"install -m 600 /dev/null {project.path}/secrets/postgres" in problem


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o602, 0o777])
def test_a_file_that_is_open_to_everybody(project, from_file, mode):
    file = from_file("pass", mode)
    assert project.problem().endswith(f"is open to everybody on this machine; `chmod 600 {file}`")


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640, 0o660])
def test_a_file_that_is_not(project, from_file, mode):
    from_file("pass", mode)
    assert project.password() == "pass"


def test_a_link_counts_as_what_it_leads_to(project, from_file):
    project.write("elsewhere", "pass")
    (project.path / "secrets").mkdir()
    (project.path / "secrets/postgres").symlink_to("../elsewhere")
    assert project.password() == "pass"
    (project.path / "elsewhere").chmod(0o644)
    assert "is open to everybody" in project.problem()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file(project, from_file, make):
    (project.path / "secrets").mkdir()
    make(project.path / "secrets/postgres", 0o600)
    assert "is no regular file; put the secret into one" in project.problem()


def test_a_file_in_a_file(project, from_file):
    project.write("secrets", "x")
    assert "cannot be read (Not a directory)" in project.problem()


def test_a_file_of_somebody_else(project, from_file, as_somebody_else):
    from_file("pass", 0)
    environment = project.environment()
    with as_somebody_else(), pytest.raises(SecretError, match=r"may not be read by you; `sudo chown \$USER"):
        read_secrets(environment, str(project.path))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty; put the secret there"),
        (b"\n", "is empty; put the secret there"),
        (b" \n\n", "is empty; put the secret there"),
        (b"pass\0word", "holds a NUL byte"),
        (b"pass\xffword", "is not valid UTF-8"),
        (b"\xed\xa0\x80pass", "is not valid UTF-8"),
        (b"x" * (MOST + 1), "has more than 64 KiB"),
        (b"x" * MOST + b"\n\n\n", "has more than 64 KiB"),
        (b"x" * 10 * MOST, "has more than 64 KiB"),
    ],
)
def test_what_is_no_secret(project, from_file, content, problem):
    from_file(content)
    assert project.problem().startswith(problem)


def test_a_variable_is_held_to_the_same(project, monkeypatch):
    monkeypatch.setitem(os.environb, b"POSTGRES_PASSWORD", b"pass\xff")
    assert project.problem().startswith("is not valid UTF-8")
