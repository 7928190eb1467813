"""A build as a person at a real terminal sees it."""

from __future__ import annotations

import os
import sys

from recorded_engine import BUILT, failed
from terminal import at_terminal, last_shown


def test_a_real_terminal(repository, engine):
    engine.build = failed("The command '/bin/sh -c x' returned a non-zero code: 1", *BUILT[:9])
    argv = [sys.executable, "-m", "kkinfra", "build", "production"]
    code, shown = at_terminal(argv, {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"})
    assert code == 1
    lines = last_shown(shown)
    assert lines[1].startswith("1/2 FROM debian:bookworm-slim  0.")
    assert lines[2:] == [
        "error: step 2/2 failed: RUN echo hello",
        "  | warning: old",
        "  | 100%",
        "  | hello",
        "The command '/bin/sh -c x' returned a non-zero code: 1; correct the step, or what it works on",
        "",
    ]
