"""What is wrong with a mapping that comes in variants, and does not say well which one it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.shapes import whole
from kkinfra.spec.structure import models_in, trace
from kkinfra.spec.tags import tags
from kkinfra.spec.usual_on import is_usual
from kkinfra.spec.wrong_value import not_a_mapping, wrong_mapping
from kkinfra.values.plain import is_mapping
from kkinfra.values.suggestions import CALLED, did_you_mean, nearest, shown
from kkinfra.values.yaml_text import inline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from kkinfra.values.document import Steps


def wrong_variant(detail: Any) -> tuple[Steps, str, bool]:
    """Path, problem with remedy, and that the value is meant rather than its key."""
    field = detail["ctx"]["discriminator"].strip("'")
    path, value, annotation = detail["path"], detail["value"], trace(detail["loc"]).annotation
    models = models_in(annotation)
    expected = list(dict.fromkeys(tags(model)[field] for model in models if field in tags(model)))
    if value in expected:  # it is only named, as in `tls: certbot`
        return path, not_a_mapping(value, inline(whole(annotation, {field: value}))), False
    if not is_mapping(value):
        return path, wrong_mapping(detail), False
    choices = ", ".join(expected)
    other = "; for any other program write kind: container" if path[:1] == ("stack",) and field == "kind" else ""
    if field in value:
        problem = f"{shown(value[field])} is not one of: {choices}{did_you_mean(value[field], expected)}"
        return (*path, field), f"{problem}{other}", False
    is_typo = field == "kind" and nearest(path[-1], expected) != CALLED.get(path[-1])
    hint = did_you_mean(path[-1], expected) if is_typo else ""
    possible = [each for each in expected if is_usual(each, detail["platform"])]
    fitting = "" if hint or other else _fitting(models, field, set(value))
    fitting = possible[0] if not fitting and len(possible) == 1 else fitting
    remedy = f"write {field}: {fitting} (one of: {choices})" if fitting else f"write one of: {choices}"
    return (*path, field), f"is missing{hint}; {remedy}{'' if hint else other}", False


def _fitting(models: Sequence[type[BaseModel]], field: str, keys: set[str]) -> str:
    """The only variant that has all the keys that are written; empty where several have them, or none."""
    found = [tags(model)[field] for model in models if keys and keys <= set(model.model_fields)]
    return found[0] if len(found) == 1 else ""
