"""One line of JSON in time, whatever the product does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.environment import VARIABLES
from tests.migrations_check.projects import SCRIPT, SETTINGS, Answer, Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = SCRIPT.parents[2] / "app"
NOISE = """
import atexit, os, subprocess, sys
print("noise")
print({"format": 0}, file=sys.__stdout__)
os.write(1, b"noise of a library\\n")
subprocess.run(["echo", "noise of a child"])
atexit.register(print, "noise at the end")
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path, "shop")
    made.migration("shop", "0001_first", "CreateModel('Thing', [('id', models.BigAutoField(primary_key=True))]),")
    return made


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def postgresql(port: int) -> str:
    there: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "HOST": "127.0.0.1", "PORT": port}
    return f"{SETTINGS.format(apps=['shop'])}\nDATABASES = {{'default': {there | {'NAME': 'x', 'USER': 'x'}}}}"


def refused(answer: Answer, error: str) -> None:
    assert (answer.status, len(answer.lines)) == (3, 1)
    assert answer.document == {"format": 1, "error": answer.document["error"]}
    assert error in answer.document["error"]


@pytest.mark.parametrize("source", [True, False])
def test_it_runs_as_source_and_as_a_file(project: Project, *, source: bool) -> None:
    assert project.ask(source=source).migrations == ["shop.0001_first"]


def test_it_runs_from_standard_input(project: Project) -> None:
    with SCRIPT.open() as script:
        done = subprocess.run(
            [sys.executable, "-"],
            stdin=script,
            cwd=project.folder,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "settings"},
            capture_output=True,
            timeout=120,
            check=True,
        )
    assert b'"shop"' in done.stdout


def test_noise_is_kept_apart(tmp_path: Path) -> None:
    answer = Project(tmp_path, "shop", more_settings=NOISE).ask()
    assert (answer.status, len(answer.lines), answer.document["migrations"]) == (0, 1, [])
    assert answer.noise.count("noise") == 3


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ("import nothing_like_it", "the settings do not load: ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("\n\n1 / 0", "the settings do not load: ZeroDivisionError: division by zero (settings.py:3)"),
        ("raise SystemExit('no SECRET_KEY')", "the settings do not load: SystemExit: no SECRET_KEY"),
        ("INSTALLED_APPS = ['nowhere']", "the settings do not load: ModuleNotFoundError: No module named 'nowhere'"),
        ("(", "the settings do not load: SyntaxError: '(' was never closed (settings.py, line 1)"),
        ("DATABASES = {}", "the database cannot be reached: ImproperlyConfigured: settings.DATABASES is improperly"),
    ],
)
@pytest.mark.parametrize("noise", ["", NOISE], ids=["quiet", "noisy"])
def test_broken_settings(project: Project, noise: str, settings: str, error: str) -> None:
    project.settings(settings if not noise else f"exec({noise!r})\n{settings}")
    answer = project.ask()
    refused(answer, error.replace(":3)", ":4)").replace("line 1)", "line 2)") if noise else error)
    assert "Traceback" not in answer.noise + answer.lines[0]


def test_no_settings(project: Project) -> None:
    error = "settings do not load: ImproperlyConfigured: Requested setting"
    refused(project.ask(variables={"DJANGO_SETTINGS_MODULE": ""}), error)


def test_a_server_that_is_away(project: Project, silent_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    project.settings(postgresql(port))
    refused(project.ask(), "the database cannot be reached: OperationalError: ")
    assert silent_port != port


@pytest.mark.parametrize("hangs", ["database", "settings"])
def test_what_hangs_is_given_up(project: Project, silent_port: int, hangs: str) -> None:
    project.settings(postgresql(silent_port) if hangs == "database" else "import time; time.sleep(300)")
    began = time.monotonic()
    refused(project.ask("2"), "Django and its database gave no answer in 2 seconds")
    assert time.monotonic() - began < 30


def test_the_product_has_only_safe_migrations_where_nothing_is(tmp_path: Path) -> None:
    answer = ask_the_product(tmp_path)
    assert answer.status == 0
    assert "monitor.0001_initial" in answer.migrations
    told = [operation for migration in answer.document["migrations"] for operation in migration["operations"]]
    assert {operation["verdict"] for operation in told} == {"safe"}


def ask_the_product(tmp_path: Path) -> Answer:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE"))}
    given = VARIABLES | {"DJANGO_SETTINGS_MODULE": "config.settings", "DATABASE_FILE": str(tmp_path / "db")}
    command = [sys.executable, "-c", SCRIPT.read_text()]
    done = subprocess.run(
        command, cwd=APP, env=outside | given, capture_output=True, text=True, timeout=120, check=False
    )
    return Answer(done.returncode, done.stdout.splitlines(), done.stderr)
