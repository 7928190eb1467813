"""A build as a person at a real terminal sees it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from lines_shown import last_shown
from recorded_engine import BUILT, failed


def test_a_real_terminal(repository, engine):
    try:
        master, slave = pty.openpty()
    except OSError as error:
        pytest.skip(f"needs a pseudo-terminal: {error}")
    engine.build = failed("The command '/bin/sh -c x' returned a non-zero code: 1", *BUILT[:9])
    process = subprocess.Popen(
        [sys.executable, "-m", "kkinfra", "build", "production"],
        env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    shown = b""
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:
        pass  # Linux says EIO once nobody holds the other end
    assert process.wait(timeout=60) == 1
    os.close(master)
    lines = last_shown(shown.decode().replace("\r\n", "\n"))
    assert lines[1].startswith("1/2 FROM debian:bookworm-slim  0.")
    assert lines[2:] == [
        "error: step 2/2 failed: RUN echo hello",
        "  | warning: old",
        "  | 100%",
        "  | hello",
        "The command '/bin/sh -c x' returned a non-zero code: 1; correct the step, or what it works on",
        "",
    ]
