"""The Status bodies that the server refuses requests with.

The forms are those of https://github.com/kubernetes/apimachinery/blob/master/pkg/api/errors/errors.go
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cluster_double.kinds import JSON, Resource

MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


class Refused(Exception):  # noqa: N818 - a refusal is the protocol's answer, not a fault
    """The request is answered with a Status of failure; `code` 0 is plain text."""

    def __init__(self, code: int, reason: str, message: str, details: JSON | None = None):
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    @property
    def status(self) -> JSON:
        body: JSON = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        body |= {"message": self.message}
        body |= {"reason": self.reason} if self.reason else {}
        body |= {"details": self.details} if self.details is not None else {}
        return body | {"code": self.code}


class NoSuchPath(Exception):  # noqa: N818
    """The server has no such path: it says so in plain text."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause of an invalid object."""

    reason: str
    message: str
    field: str

    @property
    def said(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


def _details(resource: Resource, name: str, **more: Any) -> JSON:
    details: JSON = {"name": name} if name else {}
    details |= {"group": resource.group} if resource.group else {}
    return details | {"kind": resource.plural} | more


def not_found(resource: Resource, name: str) -> Refused:
    return Refused(404, "NotFound", f'{resource.qualified} "{name}" not found', _details(resource, name))


def already_exists(resource: Resource, name: str) -> Refused:
    return Refused(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists', _details(resource, name))


def conflict(resource: Resource, name: str, why: str = MODIFIED) -> Refused:
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return Refused(409, "Conflict", message, _details(resource, name))


def precondition_failed(resource: Resource, name: str, why: str) -> Refused:
    """Of a deletion: the kind stands where the resource should."""
    message = f'Operation cannot be fulfilled on {resource.qualified_kind} "{name}": {why}'
    return Refused(409, "Conflict", message, {**_details(resource, name), "kind": resource.kind})


def apply_conflict(message: str, causes: list[JSON]) -> Refused:
    return Refused(409, "Conflict", message, {"causes": causes})


def forbidden(resource: Resource, name: str, why: str, **details: Any) -> Refused:
    subject = f'{resource.qualified} "{name}"' if name else resource.qualified
    return Refused(403, "Forbidden", f"{subject} is forbidden: {why}", _details(resource, name, **details))


def invalid(resource: Resource, name: str, causes: list[Cause]) -> Refused:
    """422; several causes stand in brackets, as an aggregate of errors is written."""
    said = list(dict.fromkeys(cause.said for cause in causes))
    message = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
    details = _details(resource, name) | {"kind": resource.kind}
    details |= {
        "causes": [{"reason": cause.reason, "message": cause.message, "field": cause.field} for cause in causes]
    }
    return Refused(422, "Invalid", f'{resource.qualified_kind} "{name}" is invalid: {message}', details)


def invalid_options(kind: str, cause: Cause) -> Refused:
    """422 of what a request's query says."""
    causes = [{"reason": cause.reason, "message": cause.message, "field": cause.field}]
    details: JSON = {"group": "meta.k8s.io", "kind": kind, "causes": causes}
    return Refused(422, "Invalid", f'{kind}.meta.k8s.io "" is invalid: {cause.said}', details)


def bad_request(message: str) -> Refused:
    return Refused(400, "BadRequest", message)


def unauthorized() -> Refused:
    return Refused(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> Refused:
    return Refused(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def unsupported_media(expected: str) -> Refused:
    message = f"the body of the request was in an unknown format - accepted media types include: {expected}"
    return Refused(415, "UnsupportedMediaType", message)


def no_such_resource() -> Refused:
    """Of a group and version that the server has."""
    return Refused(404, "NotFound", "the server could not find the requested resource", {})


def invalid_object(where: str, why: str) -> str:
    """What the storage says of a precondition that does not hold."""
    return f"StorageError: invalid object, Code: 4, Key: {where}, ResourceVersion: 0, AdditionalErrorMsg: {why}"


def untyped(message: str) -> Refused:
    """What the server has no reason for: 500, as of an object that is not of its type."""
    return Refused(500, "", message)


def expired(message: str) -> Refused:
    return Refused(410, "Expired", message)


def invalid_value(field: str, value: Any, why: str) -> Cause:
    return Cause("FieldValueInvalid", f"Invalid value: {json.dumps(value, separators=(',', ':'))}: {why}", field)


def forbidden_value(field: str, why: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {why}", field)


def required_value(field: str, why: str = "") -> Cause:
    return Cause("FieldValueRequired", f"Required value: {why}" if why else "Required value", field)


def success(resource: Resource, name: str, uid: str) -> JSON:
    """What a deletion that is over is answered with."""
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    return body | {"details": _details(resource, name, uid=uid)}
