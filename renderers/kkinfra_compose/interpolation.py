"""The dollar sign: Compose replaces `$NAME` in every text, unless the sign is doubled.

https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

from typing import Any, cast


class Interpolated(str):
    """A text in which Compose shall replace variables."""

    __slots__ = ()


def escaped(value: Any) -> Any:
    """The same value with every `$` doubled, except where it is Interpolated. Keys are not interpolated."""
    if isinstance(value, Interpolated):
        return str(value)
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        mapping = cast("dict[str, Any]", value)
        return {key: escaped(each) for key, each in mapping.items()}
    if isinstance(value, list | tuple):
        return [escaped(each) for each in cast("list[Any]", value)]
    return value
