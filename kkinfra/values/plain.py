"""Plain values, as YAML holds them: mappings with text for keys, lists, and what is in them."""

from __future__ import annotations

from typing import Any, TypeGuard


def is_mapping(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list, or the tuple that a model keeps it as."""
    return isinstance(value, list | tuple)
