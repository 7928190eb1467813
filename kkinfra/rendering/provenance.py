"""Which fields of the specification cause a rendered line.

It is found out by experiment: every field and every name is changed in turn, the environment is rendered
again, and those whose change changes the line are its causes. That needs no help from renderers, so it is
as true for anyone's plug-in as for the built-in ones.
"""

from __future__ import annotations

import difflib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ValidationError

from kkinfra.rendering.pipeline import render_with
from kkinfra.spec.checks import check
from kkinfra.spec.environment import FORBIDDEN, Environment
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.layering import MENTIONS
from kkinfra.spec.structure import field_models, label
from kkinfra.spec.tags import tags
from kkinfra.values.plain import is_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kkinfra.rendering.renderer import Renderer
    from kkinfra.values.document import Steps


@dataclass(frozen=True, slots=True)
class Leaf:
    """One field of a resolved environment: its path, its name in the ledger, and other values for it.

    A part, a secret, or all secrets or settings together are one, too, with `is_key`: the value is the
    part's kind, what is written of the secret, or the names.
    """

    path: Steps
    field: str
    value: Any
    others: tuple[Any, ...]
    written: bool = True
    is_key: bool = False


def leaves(model: BaseModel, path: Steps = (), prefix: str = "") -> Iterator[Leaf]:
    """Every field that has a value, whether written or a default, but for names and the choice of variants."""
    for name in type(model).model_fields:
        if name not in tags(type(model)) and not (isinstance(model, Environment) and name in FORBIDDEN):
            yield from _field(model, name, path, prefix)


def names(environment: Environment) -> Iterator[Leaf]:
    """The names that everything is called after, which are no fields of an environment's own."""
    for name in ("project", "name"):
        yield Leaf((name,), name, getattr(environment, name), (f"{getattr(environment, name)}0",))


def variants(model: BaseModel, path: Steps = ()) -> Iterator[Leaf]:
    """The choices of a variant: `platform.kind`, `tls.by`, the `kind` of each part."""
    for name, tag in tags(type(model)).items():
        yield Leaf((*path, name), name, tag, ())
    for name in type(model).model_fields:
        inner = getattr(model, name)
        for step, each in cast("dict[str, Any]", inner).items() if isinstance(inner, dict) else [(None, inner)]:
            if isinstance(each, BaseModel):
                yield from variants(each, (*path, name) if step is None else (*path, name, step))


def _field(model: BaseModel, name: str, path: Steps, prefix: str) -> Iterator[Leaf]:
    here, value = (*path, name), getattr(model, name)
    field = f"{prefix}.{name}" if prefix else name
    if isinstance(value, BaseModel):
        yield from leaves(value, here, label(type(value), field))
    elif isinstance(value, dict):
        yield from _entries(cast("dict[str, Any]", value), here, field)
    elif not (value is None and field_models(type(model), name)):
        examples = type(model).model_fields[name].examples or []
        yield Leaf(here, field, value, _others(value, examples), name in model.model_fields_set)


def _entries(value: dict[str, Any], path: Steps, field: str) -> Iterator[Leaf]:
    for key, each in value.items():
        if isinstance(each, BaseModel):
            yield from leaves(each, (*path, key), label(type(each), field))
        elif isinstance(each, dict):
            yield from _entries(cast("dict[str, Any]", each), (*path, key), field)
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
    suffix = "X" if str(value).isupper() else "x"
    return (*(each for each in examples if each != str(value)), f"{value}{suffix}", None)


def variant(environment: Environment, path: Steps, value: Any) -> Environment | None:
    """The environment with one field changed, or None where that would not be valid."""
    document = environment.model_dump(mode="python", exclude_unset=True)
    here: Any = document
    for step in path[:-1]:
        here = here.setdefault(step, {})
    here[path[-1]] = value
    return _resolved(document)


def with_key(environment: Environment, path: Steps, key: str | None) -> Environment | None:
    """The environment in which the entry at `path` is called `key`, or is gone; also where it is mentioned."""
    document = environment.model_dump(mode="python", exclude_unset=True)
    here: Any = document
    for step in path[:-1]:
        here = here[step]
    entries = [(key if name == path[-1] else name, each) for name, each in here.items()]
    here.clear()
    here.update((name, each) for name, each in entries if name is not None)
    if path[:-1] == ("stack",):
        _mention_otherwise(document, str(path[1]), key)
    return _resolved(document)


def _mention_otherwise(document: dict[str, Any], part: str, name: str | None) -> None:
    """Call a part by another name wherever it is mentioned, or mention it no more."""
    for section, field in MENTIONS.items():
        for entry in document.get(section, {}).values():
            if entry.get(field):
                others = (name if each == part else each for each in entry[field])
                entry[field] = [each for each in others if each is not None]


def _resolved(document: dict[str, Any]) -> Environment | None:
    with suppress(ValidationError):
        return environment_model().model_validate(document)
    return None


class _Effect(IntEnum):
    """What a change does to a line."""

    NONE = 0
    FILE_GONE = 1
    LINE_GONE = 2
    CHANGED = 3


def causes(environment: Environment, path: str, line: int, renderers: Mapping[str, Renderer]) -> list[Leaf]:
    """The fields and names that cause line `line` (from 1) of the artifact at `path`, in the spec's order.

    Defaults are only among them where nothing that is written changes what the line says, and whole parts
    where no field is.
    """
    experiment = _Experiment(environment, path, line, renderers)
    fields = [*names(environment), *leaves(environment)]
    written = [leaf for leaf in fields if leaf.written]
    defaults = [leaf for leaf in fields if not leaf.written]
    found = experiment.changing([*written, *_keys(environment)])
    if found and not experiment.reworded:
        found += [leaf for leaf in defaults if experiment.strongest(experiment.variants(leaf)) is _Effect.CHANGED]
    return (
        found
        or experiment.taking_away(leaf for leaf in [*written, *_keys(environment)] if _is_entry(leaf))
        or experiment.taking_away(_sections(environment))
        or experiment.changing(defaults)
        or experiment.gone
        or experiment.taking_away(key for key in _keys(environment) if key.field == "stack")
    )


def _keys(environment: Environment) -> Iterator[Leaf]:
    """Secrets and parts as a whole."""
    for name, secret in environment.secrets.items():
        yield Leaf(("secrets", name), "secrets", secret.model_dump(exclude_unset=True), (), is_key=True)
    for name, part in environment.stack.items():
        yield Leaf(("stack", name), "stack", part.kind, (), is_key=True)


def _sections(environment: Environment) -> Iterator[Leaf]:
    """The settings and the secrets all together, by their names."""
    for name in ("settings", "secrets"):
        if getattr(environment, name):
            yield Leaf((name,), name, list(getattr(environment, name)), (), is_key=True)


def _is_entry(leaf: Leaf) -> bool:
    """Whether it is an entry of `settings`, the product's or a part's own, or of `secrets`."""
    return leaf.path[-2:-1] == ("settings",) or (leaf.is_key and leaf.field == "secrets")


class _Experiment:
    """Renders changed environments, and compares one line.

    `gone` are fields without which the file is not there; `reworded` tells whether any change so far made
    the line say something else, rather than took it away.
    """

    def __init__(self, environment: Environment, path: str, line: int, renderers: Mapping[str, Renderer]) -> None:
        self.environment, self.path, self.line = environment, path, line
        self.renderers = [each for each in renderers.values() if path in render_with(environment, [each])]
        self.before = self.lines(environment) or []
        self.gone: list[Leaf] = []
        self.reworded = False

    def changing(self, candidates: Iterable[Leaf]) -> list[Leaf]:
        """Those of which any other value or name changes the line."""
        found: list[Leaf] = []
        for leaf in candidates:
            effect = self.strongest(self.variants(leaf))
            self.reworded = self.reworded or effect is _Effect.CHANGED
            if effect >= _Effect.LINE_GONE:
                found.append(leaf)
            elif effect is _Effect.FILE_GONE and not leaf.is_key:
                self.gone.append(leaf)
        return found

    def taking_away(self, candidates: Iterable[Leaf]) -> list[Leaf]:
        """Those without which the line would not be there."""
        return [leaf for leaf in candidates if self.effect(with_key(self.environment, leaf.path, None))]

    def variants(self, leaf: Leaf) -> list[Environment]:
        """Environments with another value or name; those that are valid as a whole, where there are any."""
        made = [variant(self.environment, leaf.path, other) for other in leaf.others]
        if leaf.is_key or _is_entry(leaf):
            made.append(with_key(self.environment, leaf.path, f"{leaf.path[-1]}0"))
        valid = [each for each in made if each is not None]
        return [each for each in valid if _passes(each)] or valid

    def strongest(self, changed: Iterable[Environment]) -> _Effect:
        strongest = _Effect.NONE
        for each in changed:
            strongest = max(strongest, self.effect(each))
            if strongest is _Effect.CHANGED:
                break
        return strongest

    def effect(self, changed: Environment | None) -> _Effect:
        after = None if changed is None else self.lines(changed)
        if after is None:
            return _Effect.NONE
        if not after:
            return _Effect.FILE_GONE
        return _compare(self.before, after, self.line)

    def lines(self, environment: Environment) -> list[str] | None:
        """The artifact's lines, none where it is not rendered, None where nothing can be rendered."""
        with suppress(Exception):  # what a renderer needs was taken away: says nothing about this line
            tree = render_with(environment, self.renderers)
            return tree[self.path].content.split("\n") if self.path in tree else []
        return None


def _passes(environment: Environment) -> bool:
    """Whether an environment passes the checks; one that they cannot even look at does not."""
    with suppress(Exception):
        return not any(True for _ in check(environment))
    return False


def _compare(before: list[str], after: list[str], line: int) -> _Effect:
    """What became of a line; one that only moved along with others is the same."""
    if before == after or (len(before) == len(after) and before[line - 1] == after[line - 1]):
        return _Effect.NONE
    nested = _nested(before)
    if Counter(_nested(after))[nested[line - 1]] >= Counter(nested)[nested[line - 1]]:
        return _Effect.NONE
    matcher = difflib.SequenceMatcher(a=before, b=after, autojunk=False)
    tags_of_line = {tag for tag, start, end, _, _ in matcher.get_opcodes() if start < line <= end}
    if "equal" in tags_of_line:
        return _Effect.NONE
    return _Effect.CHANGED if "replace" in tags_of_line else _Effect.LINE_GONE


def _nested(lines: list[str]) -> list[tuple[str, ...]]:
    """Each line with those that it is indented below, which tells apart lines that read the same."""
    found: list[tuple[str, ...]] = []
    above: list[tuple[int, str]] = []
    for line in lines:
        indent = len(line) - len(line.lstrip())
        while above and above[-1][0] >= indent:
            above.pop()
        above.append((indent, line))
        found.append(tuple(each for _, each in above))
    return found
