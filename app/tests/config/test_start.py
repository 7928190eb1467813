"""How the product's processes start with production's variables, and how they end without them."""

from __future__ import annotations

import json
import runpy
import subprocess
from contextlib import ExitStack, contextmanager
from itertools import takewhile
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.config.conftest import APP

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENTRY_POINTS = {
    "a command": ("python", "manage.py", "migrate", "--noinput"),
    "the web": ("uvicorn", "config.asgi:application", "--workers", "2", "--timeout-worker-healthcheck", "1"),
    "the worker": ("celery", "--app", "config", "worker"),
    "beat": ("celery", "--app", "config", "beat"),
    "Flower": ("celery", "--app", "config", "flower"),
}


@contextmanager
def running(command: tuple[str, ...], variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run a command from the product's directory; it is gone at the end, whatever the test found."""
    out, both = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, cwd=APP, env=variables, text=True, stdout=out, stderr=both) as process:
        try:
            yield process
        finally:
            process.kill()


def test_the_deployment_check_is_clean(production: dict[str, str]) -> None:
    with running(("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"), production) as check:
        told, _ = check.communicate(timeout=30)
    assert (check.returncode, told) == (0, "System check identified no issues (2 silenced).\n")


def test_the_web_says_all_in_json_and_answers_without_a_database(
    production: dict[str, str], tmp_path: Path, silent_port: int
) -> None:
    away = {"DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": str(silent_port), "DATABASE_SSLMODE": "disable"}
    with running(("uvicorn", "config.asgi:application", "--uds", f"{tmp_path}/web.sock"), production | away) as web:
        assert web.stdout is not None
        started = list(takewhile(lambda line: "Uvicorn running" not in line, web.stdout))
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=f"{tmp_path}/web.sock"), base_url="http://status"
        ) as client:
            assert client.get("/healthz/live").status_code == 200
            assert client.get("/nowhere/").status_code == 400, "this is not the host's name"
            client.headers["Host"] = production["ALLOWED_HOSTS"]
            assert client.get("/").headers["Location"] == f"https://{production['ALLOWED_HOSTS']}/"
            assert client.get("/robots.txt", headers={"X-Forwarded-Proto": "https"}).status_code == 200
        web.terminate()
        lines = [json.loads(line) for line in [*started, *web.stdout]]
    told = [(line["path"], line["status"]) for line in lines if line["logger"] == "config.request"]
    assert told == [("/nowhere/", 400), ("/", 301), ("/robots.txt", 200)]
    assert "uvicorn.access" not in {line["logger"] for line in lines}


def test_each_process_ends_with_the_name_of_the_secret_that_is_absent(
    production: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "DJANGO_SECRET_KEY").unlink()
    with ExitStack() as stack:
        processes = {name: stack.enter_context(running(command, production)) for name, command in ENTRY_POINTS.items()}
        told = {name: process.communicate(timeout=30)[0] for name, process in processes.items()}
    line = f"- DJANGO_SECRET_KEY_FILE: {tmp_path}/DJANGO_SECRET_KEY cannot be read: No such file or directory."
    assert [name for name, text in told.items() if line not in text] == []
    assert [name for name, text in told.items() if "Traceback" in text] == []
    assert all(told[name].splitlines()[-1].startswith(line) for name in told.keys() - {"the web"})


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", "is absent. Set it, or set FLOWER_BASIC_AUTH_FILE to the path of a file that holds it."),
        ("admin", "is not of the form user:password. Write one that is."),
        ("admin:", "is not of the form user:password. Write one that is."),
        (":secret", "is not of the form user:password. Write one that is."),
    ],
)
def test_flower_ends_with_what_its_password_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], password: str, problem: str
) -> None:
    monkeypatch.setenv("FLOWER_BASIC_AUTH", password)
    with pytest.raises(SystemExit):
        runpy.run_path(str(APP / "flowerconfig.py"))
    assert capsys.readouterr().err == f"The product cannot start:\n- FLOWER_BASIC_AUTH {problem}\n"
