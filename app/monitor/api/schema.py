"""What OpenAPI says beyond what serializers and views say by themselves; shown at `/api/schema/`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.generators import SchemaGenerator

from monitor.api.strictness import StrictSerializer, staff_only

if TYPE_CHECKING:
    from drf_spectacular.openapi import AutoSchema
    from drf_spectacular.utils import Direction

Described = dict[str, Any]

MESSAGES: Described = {"type": "array", "items": {"type": "string"}}
COMPONENTS: Described = {
    "Error": {
        "type": "object",
        "description": "What went wrong.",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
        "examples": [{"detail": "Not found."}],
    },
    "FieldErrors": {
        "type": "object",
        "description": "What is wrong with each field; `non_field_errors` is about the body as a whole.",
        "additionalProperties": MESSAGES,
        "examples": [{"timeout_seconds": ["The timeout must be less than the interval."]}],
    },
}
ERROR = {"$ref": "#/components/schemas/Error"}
FIELD_ERRORS = {"$ref": "#/components/schemas/FieldErrors"}
RETRY: Described = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
CHALLENGE: Described = {"WWW-Authenticate": {"schema": {"type": "string"}}}


def response(description: str, schema: Described = ERROR, headers: Described | None = None) -> Described:
    """Describe a response in JSON."""
    described = {"description": description, "content": {"application/json": {"schema": schema}}}
    return {**described, "headers": headers} if headers else described


REFUSED = {"401": response("The token is not valid.", headers=CHALLENGE)}
AWAY = {"503": response("The database cannot be reached.", headers=RETRY)}
BAD_QUERY = {"400": response("A parameter is not valid.", FIELD_ERRORS)}
NOT_FOUND = {"404": response("There is no such thing, or no such page of it.")}
WRITING = {
    "401": response("Nobody is signed in, or the token is not valid.", headers=CHALLENGE),
    "403": response("The user is not staff, or a session's request lacks its CSRF token."),
}
BODY = {
    "400": response("The body is not valid.", {"anyOf": [FIELD_ERRORS, ERROR]}),
    "413": response("The body is too large."),
    "415": response("The body is not `application/json`."),
}


def describe_errors(result: Described, **_context: object) -> Described:
    """Add to each operation the errors that it can end with (a hook of drf-spectacular)."""
    result["components"]["schemas"].update(COMPONENTS)
    for operations in result["paths"].values():
        for method, operation in operations.items():
            operation["responses"].update(errors_of(method, operation))
    return result


def errors_of(method: str, operation: Described) -> Described:
    """Choose an operation's errors by what it takes."""
    taken = [parameter["name"] for parameter in operation.get("parameters", ())]
    reading = method == "get"
    chosen = {**AWAY, **(REFUSED if reading else WRITING)}
    if not {"id", "page", "cursor"}.isdisjoint(taken):
        chosen |= NOT_FOUND
    if not {"open", "span"}.isdisjoint(taken):
        chosen |= BAD_QUERY
    return chosen if "requestBody" not in operation else chosen | BODY


class StrictShapes(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    """Says of strict serializers what they do: all fields are answered but staff's own, and none is taken but these."""

    target_class = StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> Described:
        """Describe the fields."""
        shape: Described = auto_schema._map_serializer(  # type: ignore[no-untyped-call] # noqa: SLF001 - as documented
            self.target, direction, bypass_extensions=True
        )
        if direction == "request":
            return {**shape, "additionalProperties": False}
        return {**shape, "required": sorted(set(shape["properties"]).difference(staff_only(self.target)))}


@cache
def document() -> Described:
    """Describe the whole API, in English, the same for everyone."""
    with translation.override("en"):
        generator: Any = SchemaGenerator
        described: Described = generator().get_schema(request=None, public=True)
    return described
