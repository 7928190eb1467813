"""A file that is written as a whole or not at all: beside its place, then renamed."""

# ruff: noqa: PTH105, PTH108, PTH116, PTH123
# Thousands of files are written; os.path is several times as fast.

from __future__ import annotations

import os
import stat
from contextlib import suppress

_NEW = 0o666
"""The mode of a new file, less what the umask takes."""
_OPEN_ALREADY = ("/dev/", "/proc/")
"""Where files are that may be open, as standard output is: another file in their place would not be written to."""


def stage(path: str, content: bytes, mode: int, which: str = "", *, synced: bool = False) -> str:
    """Write a file beside the place that it is to have, and return its path; raises OSError, and leaves no rest.

    `synced`, it is on the disk then, so that not even a crash after its renaming leaves it empty.
    """
    name = f"{path}.{os.getpid()}{which}.kkinfra-new"
    handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if synced:
                stream.flush()
                os.fsync(stream.fileno())
            if mode & 0o111:
                os.fchmod(stream.fileno(), mode)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    return name


def _replace(path: str, content: bytes, mode: int, *, synced: bool) -> None:
    name = stage(path, content, mode, synced=synced)
    try:
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def write(path: str, content: bytes, *, synced: bool = False) -> None:
    """Write a file that a user names: the one that a symbolic link leads to, and as readable as it was before.

    What is no regular file (a pipe, a terminal, /dev/stdout) takes the content as it is. Raises OSError.
    """
    try:
        there = os.stat(path)
    except FileNotFoundError:
        _replace(os.path.realpath(path), content, _NEW, synced=synced)
        return
    if stat.S_ISREG(there.st_mode) and not path.startswith(_OPEN_ALREADY):
        _replace(os.path.realpath(path), content, stat.S_IMODE(there.st_mode), synced=synced)
        return
    with open(path, "wb") as stream:
        stream.write(content)
