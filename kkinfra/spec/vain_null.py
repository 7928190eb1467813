"""A `null` that takes nothing away: its name is in no layer before, or the field is none at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.overlay import Layer, origin
from kkinfra.values.plain import is_mapping, value_at
from kkinfra.values.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kkinfra.spec.issues import Fault
    from kkinfra.values.document import Steps

_NAMED = (("stack", ""), ("secrets", ""), ("settings", ""), ("stack", "", "settings", ""))
"""Where a product gives names itself; an empty step is any."""


def problems(merged: Mapping[str, Any], layers: Sequence[Layer]) -> Iterator[Fault]:
    """The path in the merged values of each, and the problem with it."""
    vain = [path for index, layer in enumerate(layers) for path in _vain(layer, layers[:index]) if _counts(path, index)]
    counting = [path for path in dict.fromkeys(vain) if _is_last_word(path, layers)]
    fields = [path for path in counting if not _is_named(path)]
    for path in counting:
        if _is_named(path):
            others = did_you_mean(path[-1], value_at(merged, path[:-1]) or ())
            yield path, f"takes nothing away, as there is nothing of this name{others}; correct it, or take it out"
    if fields:
        yield from _unknown(merged, fields)


def _vain(layer: Layer, before: Sequence[Layer]) -> Iterator[Steps]:
    return _below(layer.value, [each.value for each in before], ())


def _below(value: Mapping[str, Any], before: Sequence[Any], path: Steps) -> Iterator[Steps]:
    for key, each in value.items():
        had = [earlier[key] for earlier in before if is_mapping(earlier) and key in earlier]
        if is_mapping(each):
            yield from _below(each, had, (*path, key))
        elif each is None and all(earlier is None for earlier in had):
            yield (*path, key)


def _counts(path: Steps, index: int) -> bool:
    """Whether it is looked at here: `loading.py` reports an empty name of the first layer, which all share."""
    return bool(index) or not _is_named(path)


def _is_last_word(path: Steps, layers: Sequence[Layer]) -> bool:
    """Whether the `null` is what counts in the end, and is not of a variant that a later layer leaves."""
    written_at, written = origin(layers, path)
    said_at = (layer for layer in layers if (*layer.path, *path) == written_at)
    return written and any(value_at(layer.value, path) is None for layer in said_at)


def _is_named(path: Steps) -> bool:
    return any(
        len(path) == len(each) and all(step in ("", at) for step, at in zip(each, path, strict=True)) for each in _NAMED
    )


def _unknown(merged: Mapping[str, Any], paths: Sequence[Steps]) -> Iterator[Fault]:
    """Which of some fields there are none, as an environment says that has them all."""
    from pydantic import ValidationError

    from kkinfra.spec.environment_model import environment_model
    from kkinfra.spec.messages import explain

    document: Any = merged
    for path in paths:
        document = _with_null(document, path)
    try:
        environment_model().model_validate(document)
    except ValidationError as error:
        yield from ((path, said) for path, said, is_key in explain(error, document) if is_key and path in paths)


def _with_null(value: Any, path: Steps) -> Any:
    """The same, with `null` at a path, where the mapping that it leads to is there."""
    if not path:
        return None
    first = str(path[0])
    if not is_mapping(value) or (first not in value and len(path) > 1):
        return value
    return {**value, first: _with_null(value.get(first), path[1:])}
