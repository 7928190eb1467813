"""The project that a specification belongs to: the directory that generated files name it from."""

from __future__ import annotations

import os

MARKS = ("noxfile.py", "pyproject.toml", ".git")
"""What the top of a project holds."""

OUTPUTS = ".outputs.yaml"
"""How files end that hold the outputs of an environment's stack, beside the specification."""

SEALED = ".sealed.yaml"
"""How files end that hold what was sealed for an environment, beside the specification."""


def source_name(spec: str) -> str:
    """The specification's path below its project, the same on every machine; its name where there is none."""
    name = os.path.relpath(os.path.abspath(spec), project_directory(spec)).replace(os.sep, "/")
    return os.fsencode(name).decode(errors="replace")  # names are in UTF-8, whatever the locale takes them for


def project_directory(spec: str) -> str:
    """The absolute path of a specification's project; the specification's own directory where there is none."""
    nearest = here = os.path.dirname(os.path.abspath(spec))
    while not any(os.path.exists(os.path.join(here, mark)) for mark in MARKS):
        if here == os.path.dirname(here):
            return nearest
        here = os.path.dirname(here)
    return here
