"""What the tests of the services share: servers on loopback, names that lead to them, and who may be left out."""

import os
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import translation

LEFT_OUT = pytest.StashKey[int]()
Names = dict[str, list[str]]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "postgresql: needs PostgreSQL; runs when DATABASE_HOST names a server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [] if os.environ.get("DATABASE_HOST") else [i for i in items if i.get_closest_marker("postgresql")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    config.stash[LEFT_OUT] = len(left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left_out := config.stash.get(LEFT_OUT, 0):
        terminalreporter.write_line(f"{left_out} tests need PostgreSQL: set DATABASE_HOST, and the like, to a server.")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Read messages in the language that they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def loopback(settings: LazySettings) -> None:
    """Let probes reach this machine, where the tests' servers are."""
    settings.PROBE_ALLOW_PRIVATE = True


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Names that resolve to given addresses; all others are asked of the system."""
    known: Names = {}
    ask = socket.getaddrinfo

    def getaddrinfo(host: bytes, port: int, **kinds: int) -> list[Any]:
        addresses = known.get(host.decode().rstrip("."))
        if addresses is None:
            return ask(host, port, **kinds)
        return [answer for address in addresses for answer in ask(address, port, **kinds)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known
