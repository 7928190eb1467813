"""Merging the layers of an environment: what all share, what it extends, what it says itself.

Mappings merge, everything else is replaced by the later layer, and `null` takes something away.
Where a later layer chooses another variant (`kind`, `on` or `by` says something else), what earlier
layers said of the other variant does not count: all from the first choice to the one that switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kkinfra.values.document import Steps

VARIANTS = ("kind", "on", "by")

AWAY: Final = object()
"""Stands for an element of a list that a later layer takes away."""


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
    if is_list(values[-1]):
        return [each for each in values[-1] if each is not AWAY]
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
    for depth, variant in enumerate(VARIANTS):
        maps = _of_last_variant(maps, variant, VARIANTS[:depth])
    return maps


def _of_last_variant(maps: list[tuple[int, Any]], variant: str, outer: Sequence[str]) -> list[tuple[int, Any]]:
    """The mappings, of which those that are of another variant than the last say no more than the `outer` ones."""
    void = void_before([value[variant] if _states(value, variant) else None for _, value in maps])
    reduced = [(index, {each: value[each] for each in outer if _states(value, each)}) for index, value in maps[void]]
    return [*maps[: void.start], *(each for each in reduced if each[1]), *maps[void.stop :]]


def void_before(choices: Sequence[Any]) -> slice:
    """Which of some layers are void: from the first that chooses, to before the one that last chooses otherwise.

    `choices` is what each layer chooses, None where it chooses nothing.
    """
    last = next((choice for choice in reversed(choices) if choice is not None), None)
    stated = [at for at, choice in enumerate(choices) if choice is not None]
    others = [at for at in stated if choices[at] != last]
    return slice(stated[0], next(at for at in stated if at > others[-1])) if others else slice(0, 0)


def _states(value: Mapping[str, Any], variant: str) -> bool:
    """Whether a mapping chooses its variant; what is a mapping itself is something of that name."""
    return value.get(variant) is not None and not is_mapping(value[variant])


def origin(layers: Sequence[Layer], path: Steps) -> tuple[Steps, bool]:
    """Where in the document the merged value at `path` was written, and whether it was at all.

    Where it was not, the path of the nearest mapping around it that was written.
    """
    values: list[tuple[int, Any]] = [(index, layer.value) for index, layer in enumerate(layers)]
    best: Steps = layers[-1].path
    written: Steps = ()
    for step in path:
        index, last = values[-1]
        if is_mapping(last):
            written = (*written, step)
            values = [(index, value[step]) for index, value in _counting(values) if step in value]
        else:
            kept = [at for at, each in enumerate(last) if each is not AWAY] if is_list(last) else []
            if not isinstance(step, int) or step >= len(kept):
                return best, False
            written = (*written, kept[step])
            values = [(index, last[kept[step]])]
        if not values:
            return best, False
        best = (*layers[values[-1][0]].path, *written)
    return best, True


def layer_of(layers: Iterable[Layer], written_at: Steps) -> Steps:
    """The path of the layer in which a place is."""
    inner = (layer.path for layer in layers if layer.path)
    return next((path for path in inner if written_at[: len(path)] == path), ())
