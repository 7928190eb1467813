"""The oldest Python that a host may have, where one is installed here."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

OLDEST = (3, 9)
NAME = "python3.9"
ABSENT = f"needs {NAME}, which is not installed (neither on PATH nor below ~/.pyenv)"


@cache
def oldest_python() -> str:
    """Its path, or nothing."""
    kept = Path.home().glob(f".pyenv/versions/3.9.*/bin/{NAME}")
    found = [path for path in (shutil.which(NAME), *map(str, kept)) if path]
    return next((path for path in found if _is_it(path)), "")


def _is_it(path: str) -> bool:
    """Whether it runs: what is on PATH may only stand for one that is not chosen."""
    code = f"import sys; sys.exit(sys.version_info[:2] != {OLDEST})"
    return subprocess.run([path, "-I", "-c", code], capture_output=True, timeout=60, check=False).returncode == 0
