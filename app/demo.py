"""The product on this machine in a minute: `python demo.py`, then open the address that it prints.

Nothing stays: the database is a file in a temporary directory, unless DATABASE_FILE names another.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM
"""What shells report of processes that these signals ended."""


def variables(directory: str) -> dict[str, str]:
    """Name what a demonstration needs; `directory` is for its database."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_FILE": str(Path(directory, "demo.sqlite3")),
        "DEBUG": "true",
        "CELERY_EAGER": "true",
        "PROBE_ALLOW_PRIVATE": "true",
        "LOG_LEVEL": "WARNING",
    }


def run(arguments: list[str]) -> None:
    """Run the command `demo` with these arguments."""
    from django.core.management import execute_from_command_line

    from config.start import legible

    with legible():
        execute_from_command_line(["demo.py", "demo", *arguments])


def main() -> None:
    """Run, and clean up whatever ends it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    with TemporaryDirectory(prefix="kkambbaki-", ignore_cleanup_errors=True) as directory:
        for name, value in variables(directory).items():
            os.environ.setdefault(name, value)
        try:
            run(sys.argv[1:])
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
