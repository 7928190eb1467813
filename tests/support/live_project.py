"""A project directory whose environment `live` is production, and whoever deploys it with all secrets at hand."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from real_release import text

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SECRETS = {
    "DJANGO_SECRET_KEY": "s3cret of django",
    "POSTGRES_PASSWORD": "s3cret of postgres",
    "FLOWER_BASIC_AUTH": "me:s3cret of flower",
    "REGISTRY_DOCKERCONFIG": json.dumps({"auths": {"ghcr.io": {"auth": base64.b64encode(b"me:token").decode()}}}),
}


def enter(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be there, as somebody who deploys."""
    (directory / "spec").mkdir()
    (directory / "noxfile.py").write_text("")
    monkeypatch.chdir(directory)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    write(directory)


def write(directory: Path, stack: dict[str, Any] | None = None) -> None:
    """Change the specification."""
    (directory / "spec/environments.yaml").write_text(text(stack))
