"""The shape of the models: which models a field leads to, and every field there is."""

from __future__ import annotations

import types
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel

from kkinfra.spec.environment import FORBIDDEN, Environment
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.tags import tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic.fields import FieldInfo

    from kkinfra.values.document import Steps


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


@cache
def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """All models that an annotation can hold, through unions, mappings and lists."""
    if _is_model(annotation):
        return (annotation,)
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple, dict):
        found = (model for each in get_args(annotation) for model in models_in(each))
        return tuple(dict.fromkeys(found))
    return ()


def field_models(model: type[BaseModel], name: str) -> tuple[type[BaseModel], ...]:
    """All models that a field of a model can hold."""
    annotation: Any = model.model_fields[name].annotation
    return models_in(annotation)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an error location leads: the path in the document, and what may be there.

    `annotation` is None where nothing can be there; `field` is the last field on the way, `beyond` the
    number of steps from it to the end.
    """

    path: Steps
    annotation: Any
    field: FieldInfo | None
    beyond: int


def trace(loc: Sequence[str | int]) -> Trace:
    """Follow one of pydantic's error locations through the models.

    Pydantic names the chosen alternative of a union in its locations, which is no step in the document.
    """
    path: list[str | int] = []
    here: Any = environment_model()
    field: FieldInfo | None = None
    beyond = 0
    for step in loc:
        if here is None:
            break
        here = _plain(here)
        if get_origin(here) in _UNIONS:
            here = _chosen(here, step)
            continue
        path.append(step)
        beyond += 1
        found = _field(here, step)
        if found:
            field, beyond = found, 0
        here = found.annotation if found else _entry(here)
    return Trace(tuple(path), None if here is None else _plain(here), field, beyond)


_UNIONS = (Union, types.UnionType)


def _plain(annotation: Any) -> Any:
    """An annotation without metadata, and without None where that leaves a single alternative."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in _UNIONS:
        others = [each for each in get_args(annotation) if each is not types.NoneType]
        return _plain(others[0]) if len(others) == 1 else Union[tuple(others)]  # noqa: UP007 - made at run time
    return annotation


def _chosen(union: Any, step: str | int) -> Any:
    """The alternatives of a union that a step names by their discriminator; None where they are plain values."""
    models = [model for model in models_in(union) if step in tags(model).values()]
    found: Any = Union[tuple(models)] if models else None  # noqa: UP007 - made at run time
    return found


def _field(annotation: Any, step: str | int) -> FieldInfo | None:
    return annotation.model_fields.get(str(step)) if _is_model(annotation) else None


def _entry(annotation: Any) -> Any:
    """What a mapping's values or a list's elements are; None for everything else."""
    arguments = get_args(annotation)
    return {dict: arguments[-1], tuple: arguments[0]}.get(get_origin(annotation)) if arguments else None


def label(model: type[BaseModel], parent: str) -> str:
    """What a model's fields are called: parts by their kind, variants in brackets after the field."""
    said = tags(model)
    if parent == "stack":
        return said["kind"] + (f"[{said['on']}]" if "on" in said else "")
    return parent + (f"[{next(iter(said.values()))}]" if said else "")


def fields(model: type[BaseModel] | None = None, prefix: str = "") -> Iterator[str]:
    """Every field that can be written, as the fidelity ledger names them: `webapp.replicas`."""
    model = model or environment_model()
    for name in model.model_fields:
        if (issubclass(model, Environment) and name in FORBIDDEN) or name in tags(model):
            continue
        inner = field_models(model, name)
        here = f"{prefix}.{name}" if prefix else name
        for each in inner:
            yield from fields(each, label(each, name if name == "stack" else here))
        if not inner:
            yield here
