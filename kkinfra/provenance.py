"""Which fields of the specification cause a rendered line.

It is found out by experiment: every field is changed in turn, the environment is rendered again, and
the fields whose change changes the line are its causes. That needs no help from renderers, so it is
as true for anyone's plug-in as for the built-in ones.
"""

from __future__ import annotations

import difflib
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from kkinfra.environment import FORBIDDEN, Environment
from kkinfra.errors import KkinfraError
from kkinfra.pipeline import render
from kkinfra.plain import is_list
from kkinfra.structure import field_models, label, tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.document import Steps
    from kkinfra.renderer import Renderer


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field of a resolved environment: its path, its name in the ledger, and other values for it."""

    path: Steps
    field: str
    value: Any
    others: tuple[Any, ...]


def leaves(model: BaseModel, path: Steps = (), prefix: str = "") -> Iterator[Leaf]:
    """Every field that has a value, whether written or a default."""
    for name, info in type(model).model_fields.items():
        if name in tags(type(model)) or (isinstance(model, Environment) and name in FORBIDDEN):
            continue
        here, value = (*path, name), getattr(model, name)
        field = f"{prefix}.{name}" if prefix else name
        if isinstance(value, BaseModel):
            yield from leaves(value, here, label(type(value), field))
        elif isinstance(value, dict):
            yield from _entries(cast("dict[str, Any]", value), here, field)
        elif not (value is None and field_models(type(model), name)):
            yield Leaf(here, field, value, _others(value, info.examples or []))


def _entries(value: dict[str, Any], path: Steps, field: str) -> Iterator[Leaf]:
    for key, each in value.items():
        if isinstance(each, BaseModel):
            yield from leaves(each, (*path, key), label(type(each), field))
        else:
            yield Leaf((*path, key), field, each, _others(each, []))


def _others(value: Any, examples: list[Any]) -> tuple[Any, ...]:
    """Values that a field could have instead; not all need be valid."""
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int):
        return (*(each for each in examples if each != int(value)), int(value) + 1, int(value) - 1)
    if is_list(value):
        written = [str(each) for each in value]
        return tuple(each for each in examples if each != written)
    if value is None:
        return tuple(examples)
    return (*(each for each in examples if each != str(value)), f"{value}x", None)


def variant(environment: Environment, path: Steps, value: Any) -> Environment | None:
    """The environment with one field changed, or None where that would not be valid."""
    document = environment.model_dump(mode="python", exclude_unset=True)
    here: Any = document
    for step in path[:-1]:
        here = here.setdefault(step, {})
    here[path[-1]] = value
    with suppress(ValidationError):
        return Environment.model_validate(document)
    return None


def without_part(environment: Environment, name: str) -> Environment:
    """The environment with one part taken out of its stack."""
    return environment.model_copy(
        update={"stack": {key: part for key, part in environment.stack.items() if key != name}}
    )


def causes(environment: Environment, path: str, line: int, renderers: Mapping[str, Renderer]) -> list[Leaf]:
    """The fields that cause line `line` (from 1) of the artifact at `path`, in the spec's order.

    Where no single field does, the part of the stack without which the line would not be there.
    """
    before = _lines(environment, path, renderers) or []
    found = [
        leaf
        for leaf in leaves(environment)
        if any(_differs(before, _lines(changed, path, renderers), line) for changed in _first_valid(environment, leaf))
    ]
    if found:
        return found
    return [
        Leaf(("stack", name), "stack", part.kind, ())
        for name, part in environment.stack.items()
        if _differs(before, _lines(without_part(environment, name), path, renderers), line)
    ]


def _first_valid(environment: Environment, leaf: Leaf) -> Iterator[Environment]:
    for other in leaf.others:
        changed = variant(environment, leaf.path, other)
        if changed is not None:
            yield changed
            return


def _lines(environment: Environment, path: str, renderers: Mapping[str, Renderer]) -> list[str] | None:
    """The artifact's lines, None where it is not rendered or the change cannot be rendered at all."""
    try:
        tree = render(environment, renderers)
    except KkinfraError:
        return None
    except (KeyError, AttributeError, TypeError, ValueError):
        return None  # a part that others need was taken away: says nothing about this line
    return tree[path].content.split("\n") if path in tree else []


def _differs(before: list[str], after: list[str] | None, line: int) -> bool:
    if after is None or before == after:
        return False
    if len(before) == len(after):
        return before[line - 1] != after[line - 1]
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    return not any(tag == "equal" and start < line <= end for tag, start, end, _, _ in matcher.get_opcodes())
