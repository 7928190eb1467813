"""Who listens on which port of this host (proc(5): /proc/net/tcp, state 0A)."""

from __future__ import annotations

import os
from pathlib import Path

_LISTENS = "0A"


def listeners() -> dict[str, str]:
    """The program by port, as `nginx (pid 12)`; of TCP, on any address."""
    found: dict[str, str] = {}
    owners = _owners()
    for file in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in _lines(file)[1:]:
            columns = line.split()
            if columns[3] == _LISTENS:
                port = str(int(columns[1].rpartition(":")[2], 16))
                found.setdefault(port, owners.get(columns[9], "an unknown program"))
    return found


def _owners() -> dict[str, str]:
    """Program by the inode of its socket."""
    found: dict[str, str] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            for handle in (process / "fd").iterdir():
                target = os.readlink(handle)  # noqa: PTH115 - Path.readlink normalises
                if target.startswith("socket:["):
                    found.setdefault(target[8:-1], f"{name} (pid {process.name})")
        except OSError:
            continue
    return found


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
