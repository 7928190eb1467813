"""What a test calls beside Python: it is skipped where that is not installed, and fails where it must be."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

REQUIRED = "KKINFRA_TEST_PROGRAMS"
"""The variable with the names of programs that must be installed, separated by spaces; CI sets it."""


def need(name: str, *alternatives: str) -> str:
    """Return the path of a program, or of the first alternative; without one, skip, or fail where it is required."""
    found = find(name, *alternatives)
    if found is None:
        end = pytest.fail if name in os.environ.get(REQUIRED, "").split() else pytest.skip
        end(f"needs {' or '.join((name, *alternatives))}, which is not installed")
    return found


def find(*names: str) -> str | None:
    """Return the path of the first program that is installed, also beside the interpreter or for root alone."""
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), str(Path(sys.executable).parent), "/usr/sbin"))
    return next(filter(None, (shutil.which(name, path=places) for name in names)), None)
