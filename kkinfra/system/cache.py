"""Knowing that nothing changed, without loading what would render: hashes only.

After a render a stamp is kept in the user's cache directory. It holds a digest of everything that
went in (the bytes of the specification and of the outputs beside it, kkinfra's and the plug-ins'
files, all installed packages with their versions) and of everything that came out. While both
still match, there is nothing to do. What a verb needs of a render is kept in the same way, with what came out itself.
Losing a stamp costs one render.
"""

from __future__ import annotations

import hashlib
import os
import sys

from kkinfra.system.project import OUTPUTS, SEALED, source_name

_VERSION = "kkinfra stamp 4"
_LARGEST = 8 * 2**20


def is_current(spec: str, directory: str) -> int | None:
    """The number of rendered files, where the last render's inputs and outputs are as they were; else None.

    A file that came to the directory since is a change too: `render` has to name it.
    """
    try:
        with open(_stamp_path(spec, directory), encoding="utf-8") as stream:
            version, inputs, outputs, packages, *paths = stream.read().splitlines()
        if version == _VERSION and inputs == _inputs(spec, packages) and outputs == _outputs(directory, paths):
            return len(paths) - 1  # the inventory is none
    except (OSError, ValueError):
        pass
    return None


def inputs(spec: str, packages: list[str]) -> str:
    """A digest of what goes into a render, taken before it reads any; empty where the spec cannot be read.

    `packages` are directories and files of code beside kkinfra's own.
    """
    try:
        return _inputs(spec, _listed(packages))
    except OSError:
        return ""


def keep(spec: str, directory: str, rendered_from: str, packages: list[str], paths: list[str]) -> None:
    """Remember what was rendered, to which files; `rendered_from` is the digest of its inputs."""
    try:
        lines = [_VERSION, rendered_from, _outputs(directory, paths), _listed(packages), *paths]
    except OSError:
        return
    _write(_stamp_path(spec, directory), "\n".join(lines))


def remembered(spec: str, about: str) -> str | None:
    """What was remembered of a render, where its inputs are as they were; else None. `about` says what of."""
    try:
        with open(_kept_path(spec, about), encoding="utf-8") as stream:
            version, inputs, packages, text = stream.read().split("\n", 3)
        if version == _VERSION and inputs == _inputs(spec, packages):
            return text
    except (OSError, ValueError):
        pass
    return None


def remember(spec: str, about: str, rendered_from: str, packages: list[str], text: str) -> None:
    """Remember a text that follows from a render's inputs alone; it is read by nobody else."""
    _write(_kept_path(spec, about), "\n".join([_VERSION, rendered_from, _listed(packages), text]))


def remembered_of_installed(about: str) -> str | None:
    """What was remembered of the installed packages, where they are as they were; else None."""
    try:
        with open(_installed_path(about), encoding="utf-8") as stream:
            version, packages, text = stream.read().split("\n", 2)
        if version == _VERSION and packages == _packages():
            return text
    except (OSError, ValueError):
        pass
    return None


def remember_of_installed(about: str, text: str) -> None:
    """Remember a text that follows from the installed packages alone."""
    _write(_installed_path(about), f"{_VERSION}\n{_packages()}\n{text}")


def _packages() -> str:
    return hashlib.sha256("\0".join([sys.version, *_installed()]).encode(errors="surrogateescape")).hexdigest()


def _installed_path(about: str) -> str:
    return _kept_path(sys.prefix, about)


def _write(path: str, text: str) -> None:
    """Replace a file as a whole; where that cannot be, nothing is remembered."""
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(temporary, "w", encoding="utf-8", opener=_privately) as stream:
            stream.write(text)
        os.replace(temporary, path)
    except OSError:
        pass


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _listed(packages: list[str]) -> str:
    return "\t".join(packages)


def _stamp_path(spec: str, directory: str) -> str:
    return _kept_path(spec, os.path.abspath(directory))


def _kept_path(spec: str, about: str) -> str:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    name = f"{os.path.abspath(spec)}\0{about}"
    return os.path.join(cache, "kkinfra", hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:32])


def _inputs(spec: str, packages: str) -> str:
    found = hashlib.sha256(
        f"{sys.version}\0{os.path.abspath(spec)}\0{source_name(spec)}".encode(errors="surrogateescape")
    )
    for path in (spec, *_read_beside(spec)):
        if not os.path.isfile(path) or os.path.getsize(path) > _LARGEST:
            raise OSError(f"{path} is none that renders")
        with open(path, "rb") as stream:
            content = stream.read()
        found.update(f"{os.path.basename(path)}\0{len(content)}\0".encode(errors="surrogateescape"))
        found.update(content)
    for package in (os.path.dirname(os.path.dirname(__file__)), *filter(None, packages.split("\t"))):
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
    """All installed packages with their versions, and when each was installed, from where their metadata is."""
    found: list[str] = []
    for place in sys.path:
        try:
            with os.scandir(place or ".") as entries:
                found += [
                    f"{entry.name}\0{entry.stat().st_mtime_ns}"
                    for entry in entries
                    if entry.name.endswith((".dist-info", ".egg-info", ".pth"))
                ]
        except NotADirectoryError:  # an archive, or what is none
            found.append(f"{place}\0{os.stat(place).st_mtime_ns}")
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
