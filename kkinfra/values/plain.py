"""Plain values, as YAML holds them: mappings with text for keys, lists, and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterable


def is_mapping(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a mapping."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list, or the tuple that a model keeps it as."""
    return isinstance(value, list | tuple)


def value_at(value: object, path: Iterable[str | int]) -> Any:
    """What is at a path of keys and indexes; None where nothing is."""
    here: Any = value
    for step in path:
        if is_mapping(here):
            here = here.get(str(step))
        else:
            here = here[step] if is_list(here) and isinstance(step, int) and step < len(here) else None
    return here
