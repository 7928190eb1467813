"""Directories of a machine on file systems of their own, which are small, and full: the machine's own is left alone."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from rehearsal.host.machine import Machine

_FILL = "dd if=/dev/zero of={place}/.fill bs=4096 status=none 2>/dev/null"
_MOUNT = """
set -e
mkdir -p {beside}
mount -t tmpfs -o size={size}k,mode=$(stat -c %a {place}) none {beside}
cp -a {place}/. {beside}
mount --bind {beside} {place}
umount {beside}
rmdir {beside}
"""
_WRAPPER = """\
import os, sys

*options, last = sys.argv[1:]
if last.startswith("sudo -n -- "):
    last = last.replace("sudo -n -- ", "sudo -n -- unshare --mount -- sh -c {script} sh ", 1)
os.execvp("ssh", ["ssh", *options, last])
"""


@contextmanager
def small(machine: Machine, place: str, kilobytes: int) -> Generator[None]:
    """Let a directory, with what is in it, be a file system of its own meanwhile; what is written there is lost."""
    machine.root(_MOUNT.format(place=place, size=kilobytes, beside=f"/mnt{place}"))
    try:
        yield
    finally:
        machine.root(f"umount {place}")


def fill(machine: Machine, place: str, *, left: int = 0) -> None:
    """Fill a small file system up, but for some kilobytes."""
    machine.root(f"{_FILL.format(place=place)}; truncate --size=-{left}K {place}/.fill")


def free(machine: Machine, place: str) -> None:
    """Let there be room again."""
    machine.root(f"rm {place}/.fill")


def ssh_that_finds(home: Path, place: str, kilobytes: int, ssh: str) -> str:
    """A command in place of ssh: only what it runs on the host finds a small, empty disk in a place."""
    script = shlex.quote(f'mount -t tmpfs -o size={kilobytes}k none {place} && exec "$@"')
    file = home / "ssh.py"
    file.write_text(_WRAPPER.format(script=script.replace('"', '\\"')))
    return f"python3 {file} {ssh.partition(' ')[2]}"
