"""The file authorized_keys of sshd(8): one public key a line, perhaps with options before it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY = re.compile(r"(?:^|\s)((?:sk-)?(?:ssh|ecdsa)-[a-z0-9@.-]+)\s+(AAAA[A-Za-z0-9+/]+=*)(?:\s|$)")
_COMMAND = re.compile(r"""(?:^|,)command="|(?:^|,)restrict""", re.IGNORECASE)


def identity(line: str) -> str:
    """The key itself, of any kind, without options and comment; empty where the line has none."""
    found = None if line.lstrip().startswith("#") else _KEY.search(line)
    return f"{found.group(1)} {found.group(2)}" if found else ""


def usable(text: str) -> tuple[str, ...]:
    """The lines whose keys let somebody do anything: a cloud's image gives root's a command that only says no."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if identity(line) and not _COMMAND.search(line.split(identity(line)[:7])[0]))


def missing(text: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Those of some keys that the file does not let in, each once."""
    there = {identity(line) for line in usable(text)}
    wanted = {identity(key): key for key in keys if identity(key)}
    return tuple(key for name, key in wanted.items() if name not in there)


def with_keys(text: str, keys: Iterable[str]) -> str:
    """The file with keys added that it lacks; every line that was there stays."""
    added = missing(text, keys)
    ended = text if not text or text.endswith("\n") else f"{text}\n"
    return ended + "".join(f"{key.strip()}\n" for key in added)
