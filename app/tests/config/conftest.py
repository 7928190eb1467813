"""The product as the rendered environments start it."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).parents[2]
RENDERED = APP.parent / "tests/golden/production/compose.yaml"
SECRETS = {
    "DJANGO_SECRET_KEY": "kept-in-a-file-0123456789-abcdefghijklmnopqrstuvwxyz-ABC\n",
    "POSTGRES_PASSWORD": "open-sesame\n",
}


@pytest.fixture
def production(tmp_path: Path) -> dict[str, str]:
    """Return the variables of production's `webapp`, with its secrets in files below `tmp_path`."""
    for name, secret in SECRETS.items():
        (tmp_path / name).write_text(secret)
    variables: dict[str, str] = yaml.safe_load(RENDERED.read_text())["services"]["webapp-blue"]["environment"]
    here = {name: value.replace("/run/secrets", str(tmp_path)) for name, value in variables.items()}
    return here | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"}


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Return a port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
