"""The command at a real pseudo-terminal, and what that shows in the end."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def at_terminal(argv: list[str], environment: dict[str, str], directory: Path | None = None) -> tuple[int, str]:
    """Run a program there; its exit code, and everything that it wrote."""
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"needs a pseudo-terminal: {error}")
    process = subprocess.Popen(argv, cwd=directory, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:
        pass  # Linux says EIO once nobody holds the other end
    code = process.wait(timeout=60)
    os.close(master)
    return code, shown.decode().replace("\r\n", "\n")


def last_shown(written: str) -> list[str]:
    """What is left of each line, once everything that was written over it is."""
    return [re.split(r"\r\x1b\[2K", line)[-1] for line in written.split("\n")]
