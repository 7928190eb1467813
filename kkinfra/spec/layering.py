"""What a layer means for those before it: kinds that names imply, sources of secrets, parts taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.overlay import AWAY, Layer, void_before
from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kkinfra.values.document import Steps

MENTIONS = {"secrets": "readers", "stack": "before"}
"""The lists that name parts: by section, the field of each of its entries."""


def related(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers, in which what a later one makes void of an earlier one is no longer said."""
    return tuple(_without_mentions(_with_last_source(_with_kinds(list(layers)))))


def with_kind(name: str, said: Any) -> Any:
    """A part as it was described, with the kind that its name implies where it says none."""
    from kkinfra.spec.stack import KINDS

    return {"kind": name, **said} if is_mapping(said) and "kind" not in said and name in KINDS else said


def taken_away(layers: Sequence[Layer]) -> dict[str, int]:
    """The parts that an earlier layer describes and a later one takes away for good, by the index of the later one."""
    there: set[str] = set()
    gone: dict[str, int] = {}
    for index, layer in enumerate(layers):
        for name, part in _parts(layer, there):
            if part is not None:
                there.add(name)
                gone.pop(name, None)
            elif name in there:
                there.remove(name)
                gone[name] = index
    return gone


def mention(path: Steps) -> bool:
    """Whether a path is that of an element of a list that names parts."""
    return len(path) == len(("secrets", "NAME", "readers", 0)) and MENTIONS.get(str(path[0])) == path[2]


def _parts(layer: Layer, there: set[str]) -> Iterator[tuple[str, Any]]:
    """What a layer says of each part; a stack that is taken away takes away all that are `there`."""
    stack = layer.value.get("stack", {})
    yield from stack.items() if is_mapping(stack) else [(name, None) for name in sorted(there) if stack is None]


def _with_kinds(layers: list[Layer]) -> list[Layer]:
    """The layers, in which a part that is named as its kind says its kind where it is first described."""
    known: set[str] = set()
    found: list[Layer] = []
    for layer in layers:
        parts = _entries(layer, "stack")
        found.append(
            _replaced(layer, "stack", {name: with_kind(name, parts[name]) for name in parts if name not in known})
        )
        known |= parts.keys()
    return found


def _with_last_source(layers: list[Layer]) -> list[Layer]:
    """The layers, in which those before the last one that chooses a secret's source say no other source of it."""
    from kkinfra.spec.platforms import SOURCES

    for name in dict.fromkeys(name for layer in layers for name in _entries(layer, "secrets")):
        said = [_entries(layer, "secrets").get(name) for layer in layers]
        void = void_before([_sources(each, SOURCES) or None for each in said])
        for index in range(void.start, void.stop):
            secret = said[index]
            if is_mapping(secret):
                kept = {field: value for field, value in secret.items() if field not in (*SOURCES, "key")}
                layers[index] = _replaced(layers[index], "secrets", {name: kept})
    return layers


def _sources(secret: Any, kinds: Sequence[str]) -> list[str]:
    """The kinds of source that a layer writes for a secret."""
    return [kind for kind in kinds if secret.get(kind) is not None] if is_mapping(secret) else []


def _without_mentions(layers: list[Layer]) -> list[Layer]:
    """The layers, in which those before the one that takes a part away no longer name it."""
    gone = taken_away(layers)
    return [
        _unnaming(layer, {name for name, at in gone.items() if index < at}) if gone else layer
        for index, layer in enumerate(layers)
    ]


def _unnaming(layer: Layer, names: set[str]) -> Layer:
    for section, field in MENTIONS.items():
        changed: dict[str, Any] = {}
        for name, entry in _entries(layer, section).items():
            named = entry.get(field) if is_mapping(entry) else None
            if is_list(named) and any(isinstance(each, str) and each in names for each in named):
                kept = [AWAY if isinstance(each, str) and each in names else each for each in named]
                changed[name] = {**entry, field: kept}
        layer = _replaced(layer, section, changed)
    return layer


def _entries(layer: Layer, section: str) -> Mapping[str, Any]:
    entries = layer.value.get(section)
    return entries if is_mapping(entries) else {}


def _replaced(layer: Layer, section: str, entries: Mapping[str, Any]) -> Layer:
    """The layer with some entries of a section replaced."""
    if not entries:
        return layer
    return Layer(layer.path, {**layer.value, section: {**_entries(layer, section), **entries}})
