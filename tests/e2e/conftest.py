"""Production, really up: started once for all tests of this folder, and removed after them."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rehearsal import outside, production
from rehearsal.engine import connect_docker
from visitor import visitor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx
    from docker import DockerClient

ARTIFACTS = Path("build", "e2e")
"""What the tests leave for people to look at."""


@pytest.fixture(scope="session")
def engine() -> DockerClient:
    return connect_docker()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    return ARTIFACTS


@pytest.fixture(scope="session")
def stack(engine: DockerClient) -> Iterator[production.Production]:
    try:
        yield production.up(engine)
    finally:
        if not os.environ.get("KEEP_STACK"):
            production.down(engine)


@pytest.fixture(scope="session")
def browser(stack: production.Production) -> Iterator[httpx.Client]:
    with visitor(stack) as client:
        yield client


@pytest.fixture(scope="session")
def staff(stack: production.Production) -> Iterator[httpx.Client]:
    """A client that may add targets."""
    password = secrets.token_urlsafe(16)
    stack.compose.run(
        "--profile", "blue", "exec", "-T", "-e", f"DJANGO_SUPERUSER_PASSWORD={password}", "webapp-blue",
        "python", "manage.py", "createsuperuser", "--noinput", "--username", "staff", "--email", "staff@example.org",
    )  # fmt: skip
    token = stack.manage("drf_create_token", "staff").split()[2]
    with visitor(stack, "127.0.0.2") as client:
        client.headers["Authorization"] = f"Token {token}"
        yield client


@pytest.fixture(scope="session")
def site(engine: DockerClient, stack: production.Production) -> Iterator[outside.Site]:
    """A web site out in the world, to be watched."""
    found = outside.start(engine, str(stack.environment.image))
    try:
        yield found
    finally:
        outside.remove(engine)


@pytest.fixture(scope="session")
def measured(artifacts: Path) -> Callable[[str, object, str], None]:
    """Keep figures as JSON, and show them as a text after the tests."""

    def measured(name: str, figures: object, text: str) -> None:
        (artifacts / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n")
        SHOWN[name] = text

    return measured


SHOWN: dict[str, str] = {}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name, text in SHOWN.items():
        terminalreporter.section(name)
        terminalreporter.write_line(text)
