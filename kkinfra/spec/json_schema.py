"""The JSON Schema of the specification's file (draft 7, which editors read).

Every layer of an environment is partial, so nothing below the root is required, and every value may
be `null`, which takes an inherited one away. What is missing after merging is for `validate` to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import GenerateJsonSchema

from kkinfra.spec.environment import FORBIDDEN, Environment
from kkinfra.spec.environment_model import environment_model
from kkinfra.spec.names import DnsLabel
from kkinfra.spec.parsed import Parsed
from kkinfra.spec.stack import KINDS
from kkinfra.spec.structure import field_models
from kkinfra.spec.tags import tags
from kkinfra.values.plain import is_list, is_mapping

if TYPE_CHECKING:
    from collections.abc import Collection

_NOT_IN_DRAFT_7 = ("discriminator", "required", "title")


class _Written(GenerateJsonSchema):
    """Defaults as the file would say them."""

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Parsed) and not isinstance(dft, int) else super().encode_default(dft)


def spec_schema() -> dict[str, Any]:
    """The schema as plain values, in a stable order."""
    written = environment_model().model_json_schema(schema_generator=_Written, ref_template="#/definitions/{model}")
    definitions = {name: _partial(each) for name, each in sorted(written.pop("$defs").items())}
    shared = {name: _property(each) for name, each in written["properties"].items() if name not in FORBIDDEN}
    shared["stack"] = {**shared["stack"], "anyOf": [_stack(definitions.keys()), {"type": "null"}]}
    definitions["Environment"] = {
        "description": "One environment: what is different about it.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "extends": {
                "description": "Environment that this one starts from.",
                "type": "string",
                "examples": ["alpha"],
            },
            **shared,
        },
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "kkinfra specification",
        "description": "What runs, said once; and the environments, each with what is different about it.",
        "type": "object",
        "additionalProperties": False,
        "required": ["project", "environments"],
        "properties": {
            "project": {"description": "The product's name.", **DnsLabel.json_schema()},
            **shared,
            "environments": {
                "description": "The environments by name.",
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": DnsLabel.PATTERN},
                "additionalProperties": {"$ref": "#/definitions/Environment"},
            },
        },
        "definitions": definitions,
    }


def _stack(defined: Collection[str]) -> dict[str, Any]:
    """Parts by name; a part that is called as its kind need not say its kind."""
    models = field_models(Environment, "stack")
    by_kind = {kind: [model for model in models if tags(model)["kind"] == kind] for kind in KINDS}
    return {
        "type": "object",
        "propertyNames": {"pattern": DnsLabel.PATTERN},
        "properties": {kind: _any_of([_reference(model, defined) for model in by_kind[kind]]) for kind in KINDS},
        "additionalProperties": _any_of([_reference(model, defined) for model in models]),
    }


def _reference(model: type[Any], defined: Collection[str]) -> dict[str, str]:
    """The reference to a model, whose name pydantic makes longer where a model of a wheel is called alike."""
    name = model.__name__
    return {"$ref": f"#/definitions/{name if name in defined else f'{model.__module__}.{name}'.replace('.', '__')}"}


def _any_of(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return {"anyOf": [*schemas, {"type": "null"}]}


def _partial(schema: Any) -> Any:
    """A definition of which nothing is required, in the words of draft 7."""
    if is_list(schema):
        return [_partial(each) for each in schema]
    return _partial_object(schema) if is_mapping(schema) else schema


def _partial_object(schema: dict[str, Any]) -> dict[str, Any]:
    found = {("anyOf" if key == "oneOf" else key): each for key, each in schema.items() if key not in _NOT_IN_DRAFT_7}
    if "properties" in found:
        found["properties"] = {name: _property(each) for name, each in found["properties"].items()}
    return {key: each if key in ("properties", "examples") else _partial(each) for key, each in found.items()}


def _property(schema: dict[str, Any]) -> dict[str, Any]:
    """A property: its words beside it (draft 7 ignores what stands beside `$ref`), and null allowed."""
    words: dict[str, Any] = {key: schema[key] for key in ("description", "default", "examples") if key in schema}
    rest = _partial({key: each for key, each in schema.items() if key not in words})
    if "const" in rest:
        return {**words, **rest}
    choices = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    if {"type": "null"} not in choices:
        choices = [*choices, {"type": "null"}]
    return {**words, "anyOf": choices}
