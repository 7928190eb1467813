"""A rendered tree on disk: compared, written atomically, and cleaned of what was rendered before.

An inventory in the directory names every file that was written there, with its digest. A file that
it does not name is somebody else's: it is neither changed nor removed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kkinfra.errors import OutputError
from kkinfra.system.staging import Staging

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kkinfra.rendering.artifacts import Artifact, ArtifactTree

INVENTORY = ".kkinfra.json"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A tree against a directory; all paths relative and sorted.

    `obsolete` were rendered before and are not any more. `edited` are obsolete too, but were changed
    by hand since, and stay. `strangers` were never rendered.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    obsolete: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    in_the_way: tuple[str, ...] = ()
    unchanged: int = field(default=0)

    @property
    def in_sync(self) -> bool:
        """Whether writing would change nothing."""
        return not (self.added or self.changed or self.obsolete or self.in_the_way)


def digest(content: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def compare(tree: ArtifactTree, directory: Path) -> Comparison:
    """What writing `tree` to `directory` would change; raises OutputError where it cannot be read."""
    there = set(_files(directory))
    inventory = read_inventory(directory)
    gone = [path for path in inventory if path not in tree and path in there]
    edited = [path for path in gone if digest(_read(directory / path)) != inventory[path]]
    obsolete = set(gone) - set(edited)
    blocked = _Blocked(directory, there - obsolete)
    added: list[str] = []
    changed: list[str] = []
    in_the_way: list[str] = []
    for artifact in tree:
        if blocked(artifact.path):
            in_the_way.append(artifact.path)
        elif artifact.path not in there:
            added.append(artifact.path)
        elif not _is_same(artifact, directory):
            (changed if artifact.path in inventory else in_the_way).append(artifact.path)
    return Comparison(
        tuple(added),
        tuple(changed),
        tuple(sorted(obsolete)),
        tuple(sorted(edited)),
        tuple(sorted(there - set(inventory) - set(tree.paths()))),
        tuple(in_the_way),
        len(tree) - len(added) - len(changed) - len(in_the_way),
    )


class _Blocked:
    """Whether a directory is where a file belongs, or a file where a directory does, once `stays` is what is left."""

    def __init__(self, directory: Path, stays: set[str]) -> None:
        self.directory = directory
        self.stays = stays
        self.above = {parent for path in stays for parent in _parents(path)}

    def __call__(self, path: str) -> bool:
        if path in self.above or any(parent in self.stays for parent in _parents(path)):
            return True
        return path not in self.stays and _is_empty_directory(self.directory / path)


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _is_empty_directory(path: Path) -> bool:
    return path.is_dir() and not any(True for _ in _files(path))


def write(tree: ArtifactTree, directory: Path) -> Comparison:
    """Bring `directory` in line with `tree`, file by file, each by one rename.

    Raises OutputError, before anything is changed, where a file that was not rendered is in the way
    or a directory of the tree is a symbolic link.
    """
    found = compare(tree, directory)
    if found.in_the_way:
        files = ", ".join(found.in_the_way)
        raise OutputError(
            f"{directory}: what is at {files} was not written by kkinfra and is in the way; "
            "move it, or choose another --out"
        )
    if found.in_sync and (directory / INVENTORY).exists():
        return found
    try:
        _write_all(tree, directory, found)
    except OSError as error:
        raise OutputError(
            f"{error.filename or directory} cannot be written: {error.strerror or error}; choose another --out"
        ) from error
    return found


def _write_all(tree: ArtifactTree, directory: Path, found: Comparison) -> None:
    """Stage every new file, then put all in place: a disk that is full is noticed before anything is changed.

    The inventory names every new file before it is there, so that an interrupted run disowns nothing.
    """
    before = read_inventory(directory)
    after = {artifact.path: digest(artifact.content.encode()) for artifact in tree}
    new = (*found.added, *found.changed)
    above = {parent for path in new for parent in _parents(path)}
    first: list[str] = []
    last: list[str] = []
    for path in found.obsolete:
        (first if path in above else last).append(path)
    for path in first:
        (directory / path).unlink()
    with Staging(str(directory)) as staging:
        if found.added:
            _put_inventory(staging, before | after)
        for path in new:
            staging.add(path, tree[path].content.encode(), tree[path].mode)
        _put_inventory(staging, after)
        for path in last:
            (directory / path).unlink()
            _remove_empty(directory, path)
        staging.place()


def read_inventory(directory: Path) -> dict[str, str]:
    """Digest by path of what was written; empty where nothing was. Raises OutputError."""
    import json

    try:
        files = json.loads((directory / INVENTORY).read_bytes())["files"]
        return {str(path): str(each) for path, each in files.items()}
    except FileNotFoundError:
        return {}
    except NotADirectoryError as error:
        raise OutputError(f"{directory.parent} is a file; choose another --out") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        remedy = "restore it, or remove it together with the files that kkinfra wrote"
        raise OutputError(f"{directory / INVENTORY} is not an inventory of kkinfra; {remedy}") from error


def _put_inventory(staging: Staging, files: dict[str, str]) -> None:
    import json

    content = json.dumps({"generator": "kkinfra", "files": dict(sorted(files.items()))}, indent=1) + "\n"
    staging.add(INVENTORY, content.encode(), 0o644)


def _is_same(artifact: Artifact, directory: Path) -> bool:
    path = directory / artifact.path
    return _read(path) == artifact.content.encode() and bool(path.stat().st_mode & 0o100) == bool(artifact.mode & 0o100)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"{path} cannot be read: {error.strerror or error}") from error


def _files(directory: Path) -> Iterator[str]:
    """Every file below a directory but the inventory, as relative paths; links are not followed."""
    if directory.exists() and not directory.is_dir():
        raise OutputError(f"{directory} is a file; choose another --out")
    top = str(directory)
    for parent, _, names in os.walk(top):
        below = os.path.relpath(parent, top).replace(os.sep, "/")
        for name in names:
            path = name if below == "." else f"{below}/{name}"
            if path != INVENTORY:
                yield path


def _remove_empty(top: Path, path: str) -> None:
    parent = (top / path).parent
    while parent != top:
        try:
            parent.rmdir()
        except OSError:
            return
        parent = parent.parent
