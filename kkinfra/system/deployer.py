"""Who deploys, in which run, and from which revision."""

from __future__ import annotations

import os
import secrets
import socket
import time
from getpass import getuser

from kkinfra.errors import KkinfraError
from kkinfra.system.project import project_directory
from kkinfra.system.revision import revision_of


def who() -> dict[str, str]:
    """Who deploys, from where, and in which run of a CI service."""
    try:
        name = getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    variables = os.environ
    found = {"who": f"{variables.get('GITHUB_ACTOR') or name}@{socket.gethostname()}"}
    if variables.get("GITHUB_RUN_ID"):
        server = variables.get("GITHUB_SERVER_URL", "https://github.com")
        run = f"{variables.get('GITHUB_REPOSITORY', '')}/actions/runs/{variables['GITHUB_RUN_ID']}"
        found["ci"] = f"{server}/{run}"
    return found


def new_run(at: float | None = None) -> str:
    """The name of a run: the time it was asked for at, and something that tells it from others."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(at))}-{secrets.token_hex(3)}"


def from_revision(spec: str) -> str:
    """The commit that is deployed from, and whether it was changed since; nothing where Git does not tell."""
    try:
        found = revision_of(project_directory(spec))
    except KkinfraError:
        return ""
    return f"{found.commit[:12]}{'-dirty' if found.is_dirty else ''}"
