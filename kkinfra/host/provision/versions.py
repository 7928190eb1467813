"""Versions, as far as they are compared: the numbers that they start with."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"(?:\d+:)?v?(\d+(?:\.\d+)*)")
ENGINE = (20, 10)
COMPOSE = (2, 20)
"""What the rendered project needs."""


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of `5:20.10.24+dfsg1-1` (a package's epoch is none of them), `v2.20.2` and their like; else none."""
    found = _NUMBERS.match(text.strip())
    return tuple(int(number) for number in found.group(1).split(".")) if found else ()


def is_at_least(text: str, least: tuple[int, ...]) -> bool:
    """Whether a version is another or a later one."""
    return numbers(text) >= least


def written(version: tuple[int, ...]) -> str:
    """`20.10` for (20, 10)."""
    return ".".join(map(str, version))
