"""A project of its own with the real specification, and the command run there as a process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from checkout import SPEC_FILE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SPEC = SPEC_FILE
_HIDDEN = ("KKINFRA_SPEC", "KUBECONFIG", "NO_COLOR", "PYTHONUNBUFFERED", "PYTHONIOENCODING", "GIT_DIR")


def make_project(top: Path) -> Path:
    """Make a directory a project: a spec, a noxfile, and something to build an image from."""
    (top / "spec").mkdir(parents=True)
    (top / "app").mkdir()
    (top / "app/Dockerfile").write_text("FROM scratch\n")
    (top / "noxfile.py").touch()
    shutil.copy(SPEC, top / "spec")
    return top


def files(top: Path) -> dict[str, bytes]:
    """The content of every file below a directory, by its path."""
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


def command(*arguments: str) -> list[str]:
    """The command as a list of arguments."""
    return [sys.executable, "-m", "kkinfra", *arguments]


def environment(**changes: str) -> dict[str, str]:
    """The environment of this process, without what would change what the command does."""
    return {**{key: value for key, value in os.environ.items() if key not in _HIDDEN}, **changes}


def run(
    argv: Sequence[str], directory: Path | str, **changes: str,
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run it to its end; paths in what it says are in UTF-8."""
    return subprocess.run(
        argv, cwd=directory, env=environment(**changes), stdin=subprocess.DEVNULL, capture_output=True,
        encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
