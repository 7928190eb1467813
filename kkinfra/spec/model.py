"""What every part of the specification has in common: frozen, strict, and no unknown keys."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Model(BaseModel):
    """A part of the specification. Values are not converted: `"2"` is not a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True, hide_input_in_errors=True)


def value(description: str, *examples: Any, default: Any = ..., **constraints: Any) -> Any:
    """A field with its description, its examples and its default, as the JSON Schema publishes them."""
    return Field(default, description=description, examples=list(examples), **constraints)


def items(description: str, *examples: Any, default: Any = (), **constraints: Any) -> Any:
    """A list, kept as a tuple."""
    return Field(default, description=description, examples=list(examples), strict=False, **constraints)
