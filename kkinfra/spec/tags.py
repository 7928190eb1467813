"""What tells the variants of a model apart."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, get_args, get_origin

from kkinfra.spec.overlay import VARIANTS

if TYPE_CHECKING:
    from pydantic import BaseModel


@cache
def tags(model: type[BaseModel]) -> dict[str, str]:
    """The discriminators of a model and what they must say: `{"kind": "redis"}`."""
    found: dict[str, str] = {}
    for field in VARIANTS:
        info = model.model_fields.get(field)
        if info is not None and get_origin(info.annotation) is Literal:
            found[field] = get_args(info.annotation)[0]
    return found
