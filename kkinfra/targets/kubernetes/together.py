"""Requests side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

_AT_A_TIME = 16


def together(function: Callable[[Asked], Answer], asked: Iterable[Asked]) -> list[Answer]:
    """The answers in the order of what was asked; the first error is raised once all have ended."""
    everything = list(asked)
    if not everything:
        return []
    with ThreadPoolExecutor(min(_AT_A_TIME, len(everything))) as pool:
        return list(pool.map(function, everything))
