"""The demonstration runs as a newcomer would run it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from monitor.models import Target

DEMO = Path(__file__).parents[3] / "demo.py"
PATIENCE = timedelta(seconds=30)


def start(directory: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start the demonstration in a process without any of the tests' variables."""
    own = {name: value for name in ("PATH", "SYSTEMROOT") if (value := os.environ.get(name))}
    return subprocess.Popen(
        [sys.executable, "-W", "error", DEMO, *arguments],
        env={**own, "TMPDIR": str(directory), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module", autouse=True)
def checking(tmp_path_factory: pytest.TempPathFactory) -> Iterator["subprocess.Popen[str]"]:
    """Start a check while the first test runs: both wait for most of their time."""
    with start(tmp_path_factory.mktemp("check"), "--port", "0", "--check") as process:
        yield process
        process.kill()


@pytest.fixture
def running(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    with start(tmp_path, "--port", "0") as process:
        yield process
        process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    for line in process.stdout or ():
        if found := re.search(r"http://\S+/", line):
            return found[0]
    pytest.fail(f"no address was printed; {process.stderr and process.stderr.read()}")


def until_probed(page: str) -> dict[str, str]:
    """Wait for the first probes since the start, after those that were invented; give the states by name."""
    began = datetime.now(UTC)
    while datetime.now(UTC) < began + PATIENCE:
        targets = httpx.get(f"{page}api/targets/").json()["results"]
        if all(datetime.fromisoformat(target["last_probed_at"]) > began for target in targets):
            return {target["name"]: target["state"] for target in targets}
        time.sleep(0.05)
    pytest.fail("nothing was probed")


def test_a_newcomer_sees_the_page_and_ends_it(tmp_path: Path, running: "subprocess.Popen[str]") -> None:
    page = address(running)

    html = httpx.get(page).text
    assert [httpx.get(urljoin(page, path)).status_code for path in re.findall(r'"(/static/[^"]+)"', html)][:1] == [200]
    states = until_probed(page)
    assert (states["This page"], states["Slow service"], states["Service that is down"]) == ("up", "up", "down")

    running.send_signal(signal.SIGINT)
    _output, errors = running.communicate(timeout=PATIENCE.seconds)
    assert (running.returncode, errors) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_a_check_starts_looks_and_ends(checking: "subprocess.Popen[str]") -> None:
    output, errors = checking.communicate(timeout=PATIENCE.seconds)

    assert (checking.returncode, errors) == (0, "")
    assert re.search(r"^200, \d+ bytes, 5 services\.$", output, re.MULTILINE)
    assert re.search(r"user admin, password \S{16}$", output, re.MULTILINE)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with start(tmp_path, "--port", port) as process:
            _output, errors = process.communicate(timeout=PATIENCE.seconds)

    assert process.returncode == 1
    assert f"Port {port} cannot be had" in errors
    assert "Traceback" not in errors


def test_it_does_not_touch_a_database_of_the_product(settings: LazySettings, db: None) -> None:
    settings.CELERY_EAGER = False

    with pytest.raises(CommandError, match="runs on SQLite and without a worker"):
        call_command("demo")

    assert not Target.objects.exists()
