"""The project that a specification belongs to: the directory that generated files name it from."""

from __future__ import annotations

import os

MARKS = ("noxfile.py", "pyproject.toml", ".git")
"""What the top of a project holds."""


def source_name(spec: str) -> str:
    """The specification's path below its project, the same on every machine; its name where there is none."""
    spec = os.path.abspath(spec)
    here = os.path.dirname(spec)
    while not any(os.path.exists(os.path.join(here, mark)) for mark in MARKS):
        if here == os.path.dirname(here):
            return os.path.basename(spec)
        here = os.path.dirname(here)
    return os.path.relpath(spec, here).replace(os.sep, "/")
