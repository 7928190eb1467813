"""Which specification a call is about, and where its project keeps rendered files: from anywhere in the project."""

# ruff: noqa: PTH100, PTH109, PTH110, PTH116, PTH118, PTH121
# It runs with cache.py, before pathlib is imported.

from __future__ import annotations

import os

DEFAULT_SPEC = "spec/environments.yaml"
TREES = ""
"""`out` of a verb for trees of rendered files, where nothing was said: `build` in the project."""

_TREES = "build"
_TOP = ".git"
"""What only the top of a Git repository holds; nothing above it is looked at."""


def located(spec: str, out: str | None = None) -> tuple[str, str | None]:
    """Which spec is meant (`spec`, else $KKINFRA_SPEC, else the nearest, here or above), and where trees go.

    Paths are those from where the user stands; `out` is given back unless it is TREES. Raises KkinfraError where there
    is none.
    """
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise _error("the current directory was removed; change to one that is there") from error
    project = ""
    if not spec:
        spec = _named() or os.path.join(project := _nearest(), DEFAULT_SPEC)
    return spec, os.path.join(project, _TREES) if out == TREES else out


def _named() -> str:
    """The spec that the environment variable names; raises KkinfraError where that is not there."""
    named = os.environ.get("KKINFRA_SPEC", "")
    if named and not os.path.exists(named):
        raise _error(f"{named}, which KKINFRA_SPEC names, does not exist; correct that, or unset it")
    return named


def _nearest() -> str:
    """The way up to the nearest directory with a spec, empty where that is this one; raises KkinfraError."""
    up = ""
    while not os.path.lexists(os.path.join(up, DEFAULT_SPEC)):
        if _is_top(up or os.curdir):
            raise _error(
                f"there is no {DEFAULT_SPEC} in {os.getcwd()}{_and_above(up)}; "
                "write one with `kkinfra init`, or name yours with --spec FILE"
            )
        up = os.path.join(up, os.pardir)
    if up and not _is_trusted(up):
        found = os.path.join(up, DEFAULT_SPEC)
        raise _error(f"{found} belongs to another user; name it with --spec FILE if you trust it")
    return up


def _is_top(directory: str) -> bool:
    """Whether nothing above it is looked at: of a Git repository, else of the file system."""
    above = os.path.join(directory, os.pardir)
    return os.path.exists(os.path.join(directory, _TOP)) or os.path.samefile(directory, above)


def _and_above(up: str) -> str:
    return f" or above it, up to {os.path.abspath(up)}" if up else ""


def _is_trusted(up: str) -> bool:
    """Whether the spec belongs to the user, to whom the directory belongs that the user stands in, or to root."""
    owner = os.stat(os.path.join(up, DEFAULT_SPEC), follow_symlinks=False).st_uid
    return owner in (0, os.geteuid(), os.stat(os.curdir).st_uid)


def _error(text: str) -> Exception:
    from kkinfra.errors import KkinfraError

    return KkinfraError(text)
