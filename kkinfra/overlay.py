"""Merging the layers of an environment: what all share, what it extends, what it says itself.

Mappings merge, everything else is replaced by the later layer, and `null` takes something away.
Where a later layer chooses another variant (`kind`, `on` or `by` says something else), what earlier
layers said of the other variant does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kkinfra.document import Steps

VARIANTS = ("kind", "on", "by")


@dataclass(frozen=True, slots=True)
class Layer:
    """A mapping of the document, and the path at which it is written."""

    path: Steps
    value: Mapping[str, Any]


def merge(layers: Sequence[Layer]) -> dict[str, Any]:
    """One mapping from all layers, the last of which wins."""
    merged: dict[str, Any] = _merge([layer.value for layer in layers])
    return merged


def _merge(values: list[Any]) -> Any:
    if not is_mapping(values[-1]):
        return values[-1]
    if len(values) == 1:
        return {key: _merge([value]) for key, value in values[0].items() if value is not None}
    maps = [value for _, value in _counting(list(enumerate(values)))]
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(key for each in maps for key in each):
        value = _merge([each[key] for each in maps if key in each])
        if value is not None:
            merged[key] = value
    return merged


def _counting(values: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """The mappings that count: those since the last plain value, of the variant that is chosen last."""
    start = len(values)
    while start and is_mapping(values[start - 1][1]):
        start -= 1
    maps = values[start:]
    for variant in VARIANTS:
        stated = [value[variant] for _, value in maps if _states(value, variant)]
        if stated:
            maps = [each for each in maps if not _states(each[1], variant) or each[1][variant] == stated[-1]]
    return maps


def _states(value: Mapping[str, Any], variant: str) -> bool:
    """Whether a mapping chooses its variant; what is a mapping itself is something of that name."""
    return value.get(variant) is not None and not is_mapping(value[variant])


def _element(value: tuple[int, Any], step: str | int) -> list[tuple[int, Any]]:
    elements = value[1] if is_list(value[1]) else []
    return [(value[0], elements[step])] if isinstance(step, int) and step < len(elements) else []


def origin(layers: Sequence[Layer], path: Steps) -> tuple[Steps, bool]:
    """Where in the document the merged value at `path` was written, and whether it was at all.

    Where it was not, the path of the nearest mapping around it that was written.
    """
    values: list[tuple[int, Any]] = [(index, layer.value) for index, layer in enumerate(layers)]
    best: Steps = layers[-1].path
    for depth, step in enumerate(path):
        if is_mapping(values[-1][1]):
            values = [(index, value[step]) for index, value in _counting(values) if step in value]
        else:
            values = _element(values[-1], step)
        if not values:
            return best, False
        best = (*layers[values[-1][0]].path, *path[: depth + 1])
    return best, True
