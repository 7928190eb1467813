"""The table of what is mounted at boot: fstab(5)."""

from __future__ import annotations

_TYPE = 2


def has_swap(text: str, path: str) -> bool:
    """Whether a swap file is in it."""
    rows = (line.split() for line in text.splitlines())
    return any(row[0] == path and row[_TYPE] == "swap" for row in rows if len(row) > _TYPE)


def with_swap(text: str, path: str) -> str:
    """The same with a swap file in it, once; every line that was there stays."""
    if has_swap(text, path):
        return text
    ended = text if not text or text.endswith("\n") else f"{text}\n"
    return f"{ended}{path} none swap sw 0 0\n"
