"""The shape of the models: which models a field leads to, and every field there is."""

from __future__ import annotations

import types
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from kkinfra.environment import FORBIDDEN, Environment
from kkinfra.overlay import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@cache
def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """All models that an annotation can hold, through unions, mappings and lists."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, dict):
        found = (model for each in get_args(annotation) for model in models_in(each))
        return tuple(dict.fromkeys(found))
    return ()


def field_models(model: type[BaseModel], name: str) -> tuple[type[BaseModel], ...]:
    """All models that a field of a model can hold."""
    return models_in(model.model_fields[name].annotation)


def tags(model: type[BaseModel]) -> dict[str, str]:
    """The discriminators of a model and what they must say: `{"kind": "redis"}`."""
    found: dict[str, str] = {}
    for field in VARIANTS:
        info = model.model_fields.get(field)
        if info is not None and get_origin(info.annotation) is Literal:
            found[field] = get_args(info.annotation)[0]
    return found


def model_at(loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that one of pydantic's error locations leads to, or None where it is not certain."""
    candidates: tuple[type[BaseModel], ...] = (Environment,)
    for step in loc:
        narrowed = tuple(model for model in candidates if step in tags(model).values())
        named = [model for model in candidates if isinstance(step, str) and step in model.model_fields]
        if narrowed:
            candidates = narrowed
        elif len(candidates) == 1 and named:
            candidates = field_models(candidates[0], str(step))
    return candidates[0] if len(candidates) == 1 else None


def label(model: type[BaseModel], parent: str) -> str:
    """What a model's fields are called: parts by their kind, variants in brackets after the field."""
    said = tags(model)
    if parent == "stack":
        return said["kind"] + (f"[{said['on']}]" if "on" in said else "")
    return parent + (f"[{next(iter(said.values()))}]" if said else "")


def fields(model: type[BaseModel] = Environment, prefix: str = "") -> Iterator[str]:
    """Every field that can be written, as the fidelity ledger names them: `webapp.replicas`."""
    for name in model.model_fields:
        if (model is Environment and name in FORBIDDEN) or name in tags(model):
            continue
        inner = field_models(model, name)
        here = f"{prefix}.{name}" if prefix else name
        for each in inner:
            yield from fields(each, label(each, name if name == "stack" else here))
        if not inner:
            yield here
