"""Starting a process: with what is missing named in a few lines, and no traceback."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED_START = 3
"""The status after which Uvicorn's parent gives up, where it would start another worker at once after any other."""


@contextmanager
def legible() -> Iterator[None]:
    """End the process with the message of a wrong setting: for the entry points, which people and logs see."""
    try:
        yield
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(FAILED_START)
