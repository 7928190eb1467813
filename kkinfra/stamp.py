"""Knowing that nothing changed, without loading what would render: hashes only.

After a render a stamp is kept in the user's cache directory. It holds a digest of everything that
went in (the bytes of the specification and of the outputs beside it, kkinfra's and the renderers'
files, the names and versions of all installed packages) and of everything that came out. While both
still match, there is nothing to do.
Losing a stamp costs one render.
"""

from __future__ import annotations

import hashlib
import os
import sys

from kkinfra.project import OUTPUTS, SEALED, source_name

_VERSION = "kkinfra stamp 3"


def is_current(spec: str, directory: str) -> int | None:
    """The number of rendered files, where the last render's inputs and outputs are as they were; else None.

    A file that came to the directory since is a change too: `render` has to name it.
    """
    try:
        with open(_stamp_path(spec, directory), encoding="utf-8") as stream:
            version, inputs, outputs, packages, *paths = stream.read().splitlines()
        if (
            version == _VERSION
            and inputs == _inputs(spec, packages.split("\t"))
            and outputs == _outputs(directory, paths)
        ):
            return len(paths) - 1  # the inventory is none
    except (OSError, ValueError):
        pass
    return None


def inputs(spec: str, packages: list[str]) -> str:
    """A digest of what goes into a render, taken before it reads any; empty where the spec cannot be read.

    `packages` are directories and files of code beside kkinfra's own.
    """
    try:
        return _inputs(spec, packages)
    except OSError:
        return ""


def keep(spec: str, directory: str, rendered_from: str, packages: list[str], paths: list[str]) -> None:
    """Remember what was rendered, to which files; `rendered_from` is the digest of its inputs."""
    from contextlib import suppress

    with suppress(OSError):
        path = _stamp_path(spec, directory)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        lines = [_VERSION, rendered_from, _outputs(directory, paths), "\t".join(packages), *paths]
        temporary = f"{path}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as stream:
            stream.write("\n".join(lines))
        os.replace(temporary, path)


def _stamp_path(spec: str, directory: str) -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    about = f"{os.path.abspath(spec)}\0{os.path.abspath(directory)}"
    return os.path.join(cache, "kkinfra", hashlib.sha256(about.encode(errors="surrogateescape")).hexdigest()[:32])


def _inputs(spec: str, packages: list[str]) -> str:
    found = hashlib.sha256(
        f"{sys.version}\0{os.path.abspath(spec)}\0{source_name(spec)}".encode(errors="surrogateescape")
    )
    for path in (spec, *_read_beside(spec)):
        with open(path, "rb") as stream:
            content = stream.read()
        found.update(f"{os.path.basename(path)}\0{len(content)}\0".encode(errors="surrogateescape"))
        found.update(content)
    for package in (os.path.dirname(__file__), *packages):
        for line in _code(package):
            found.update(line.encode(errors="surrogateescape"))
    found.update("\0".join(_installed()).encode(errors="surrogateescape"))
    return found.hexdigest()


def _read_beside(spec: str) -> list[str]:
    """The files of outputs, and of what was sealed, that are read together with the specification."""
    beside = os.path.dirname(os.path.abspath(spec))
    return sorted(f"{beside}/{name}" for name in os.listdir(beside) if name.endswith((OUTPUTS, SEALED)))


def _code(package: str) -> list[str]:
    """Name, size and time of every file of code: below a directory, or the one that is named."""
    if os.path.isfile(package):
        return [_identity(package, os.lstat(package))]
    found: list[str] = []
    with os.scandir(package) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                found.append(_identity(entry.path, entry.stat(follow_symlinks=False)))
            elif entry.name != "__pycache__":
                found += _code(entry.path)
    return sorted(found)


def _identity(path: str, status: os.stat_result) -> str:
    return f"{path}\0{status.st_size}\0{status.st_mtime_ns}\n"


def _installed() -> list[str]:
    """The names of all installed packages with their versions, from the names of their metadata."""
    found: list[str] = []
    for place in sys.path:
        try:
            found += [name for name in os.listdir(place or ".") if name.endswith((".dist-info", ".egg-info", ".pth"))]
        except OSError:
            continue
    return sorted(found)


def _outputs(directory: str, paths: list[str]) -> str:
    """A digest of the files at `paths`, and of the names of all that is in the directory."""
    there = sorted(f"{parent}/{name}" for parent, _, names in os.walk(directory) for name in names)
    found = hashlib.sha256("\0".join(there).encode(errors="surrogateescape"))
    for path in paths:
        with open(f"{directory}/{path}", "rb") as stream:
            mode = os.fstat(stream.fileno()).st_mode & 0o100
            content = stream.read()
        found.update(f"{path}\0{mode}\0{len(content)}\0".encode(errors="surrogateescape"))
        found.update(content)
    return found.hexdigest()
