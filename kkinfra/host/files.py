"""Files that are whole or not there: written beside, flushed to the disk, and renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20


def write(path: Path, content: bytes, mode: int = 0o644, owner: int | None = None) -> None:
    """Replace a file by one rename; whoever reads it sees the old one or the new one, also after a power cut."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            if owner is not None:
                os.fchown(stream.fileno(), owner, owner)
            os.fchmod(stream.fileno(), mode)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    flush_directory(path.parent)


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """The same, for a value as JSON."""
    write(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode(), mode)


def read_json(path: Path) -> Any:
    """The value in a JSON file, or None where there is none, or none that can be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None


def link(path: Path, target: str) -> None:
    """Let a symbolic link lead elsewhere, by one rename."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    with contextlib.suppress(FileNotFoundError):
        beside.unlink()
    beside.symlink_to(target)
    beside.replace(path)
    flush_directory(path.parent)


def flush_directory(directory: Path) -> None:
    """Bring renames in a directory to the disk (fsync(2))."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remedy(error: OSError) -> str:
    """What helps where something cannot be written."""
    if error.errno == errno.ENOSPC:
        return "the disk is full: free some (`docker image prune`, `journalctl --vacuum-size=50M`), then deploy again"
    return "see that the directory belongs to root and can be written"


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; empty where it cannot be read."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK):
                found.update(block)
    except OSError:
        return ""
    return found.hexdigest()
