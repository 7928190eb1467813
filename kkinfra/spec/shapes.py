"""Examples of fields, as they are written in YAML: whole, so that what is written leads to no second error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.environment import Environment
from kkinfra.spec.overlay import VARIANTS
from kkinfra.spec.structure import field_models, models_in, trace
from kkinfra.spec.tags import tags
from kkinfra.spec.usual_on import is_usual
from kkinfra.values.plain import is_list, is_mapping
from kkinfra.values.yaml_text import inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

_PRODUCT = "shop"
"""What examples call a product; messages put the reader's own in its place."""


def example(loc: Sequence[str | int], project: str, platform: str) -> str:
    """What the field at one of pydantic's error locations may hold on a platform, with everything that it requires."""
    found = trace(loc)
    if found.field is None:
        return "a value"
    if not found.field.examples:
        return _literal(found.field.annotation)
    fitting = (each for each in found.field.examples if _belongs(each, platform))
    value = next(fitting, found.field.examples[0])
    for _ in range(found.beyond):
        inner = list(value.values()) if is_mapping(value) else value
        value = inner[0] if is_list(inner) else inner
    annotation = found.field.annotation if not found.beyond else found.annotation
    return inline(whole(annotation, value)).replace(_PRODUCT, project)


def part(kind: str) -> str:
    """What a part of a kind has to say; a key and a value where there is no such kind."""
    models = (model for model in field_models(Environment, "stack") if tags(model)["kind"] == kind)
    model = next(models, None)
    if model is None:
        return "key: value"
    return inline({key: each for key, each in whole(model, {}).items() if key != "kind"})


def _belongs(value: Any, platform: str) -> bool:
    """Whether an example is of the platform, or of every one."""
    said = (value.get(key) for key in VARIANTS) if is_mapping(value) else ()
    return all(is_usual(str(each), platform) for each in said) if platform else True


def whole(annotation: Any, value: Any) -> Any:
    """An example of a mapping, with an example of every field beside that is required."""
    model = _chosen(models_in(annotation), value) if is_mapping(value) else None
    if model is None or not (set(value) <= set(model.model_fields)):
        return value
    said = {**tags(model), **value}
    for name, field in model.model_fields.items():
        if field.is_required() and name not in said:
            said[name] = (field.examples or ["..."])[0]
        if name in said:
            said[name] = whole(field.annotation, said[name])
    return {name: said[name] for name in model.model_fields if name in said}


def _chosen(models: Sequence[type[BaseModel]], value: dict[str, Any]) -> type[BaseModel] | None:
    fitting = (each for each in models if all(value.get(key, tag) == tag for key, tag in tags(each).items()))
    return next(fitting, None)


def _literal(annotation: Any) -> str:
    """The only value that a field without examples may hold."""
    from typing import get_args

    choices = get_args(annotation)
    return str(choices[0]) if choices else "a value"
