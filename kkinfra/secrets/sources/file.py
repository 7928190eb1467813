"""Secrets in files at whoever deploys."""

from __future__ import annotations

import os
import shlex
import stat
from pathlib import Path

from kkinfra.secrets.sources.problem import Problem
from kkinfra.secrets.sources.usable import MOST_BYTES

_OF_EVERYBODY = stat.S_IROTH | stat.S_IWOTH


def read_file(directory: str, path: str) -> bytes:
    """What a file holds, without one newline at its end; raises Problem.

    A relative path starts at `directory`. At most one byte more than a secret may have is returned.
    """
    whole = Path(directory, path)
    try:
        descriptor = os.open(whole, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for its writer
    except OSError as error:
        raise Problem(_unreadable(whole, error)) from error
    try:
        _refuse_unsafe(whole, os.fstat(descriptor).st_mode)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(MOST_BYTES + len("\r\n") + 1)
    finally:
        os.close(descriptor)
    line = content.removesuffix(b"\n")
    return line.removesuffix(b"\r") if line != content else content


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return (
            f"there is no file {path}; put the secret there (`install -m 600 /dev/null {shlex.quote(str(path))}` first)"
        )
    if isinstance(error, PermissionError):
        return f"{path} may not be read by you; `sudo chown $USER {shlex.quote(str(path))}`, or deploy as who owns it"
    return f"{path} cannot be read ({error.strerror}); put a file there that holds the secret"


def _refuse_unsafe(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise Problem(f"{path} is no regular file; put the secret into one, or correct the path")
    if mode & _OF_EVERYBODY:
        raise Problem(f"{path} is open to everybody on this machine; `chmod 600 {shlex.quote(str(path))}`")
