"""A request: what its path and query say."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

import yaml

import quick_yaml
from cluster_double.access import Asked
from cluster_double.registry import Write
from cluster_double.statuses import Cause, Refused, bad_request, invalid_options, unsupported_media

if TYPE_CHECKING:
    from collections.abc import Mapping

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch"}
_OF_NAMESPACES = ("status", "finalize")


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, in the order of `ClusterDouble.requests`."""

    method: str
    path: str
    query: str = ""
    user_agent: str = ""
    content_type: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def parameter(self, name: str) -> str:
        return parse_qs(self.query, keep_blank_values=True).get(name, [""])[-1]

    def parameters(self, name: str) -> list[str]:
        return parse_qs(self.query, keep_blank_values=True).get(name, [])

    def is_set(self, name: str) -> bool:
        return self.parameter(name).lower() in ("true", "1")

    def decoded(self) -> Any:
        """The body, of JSON or YAML; nothing is an empty one."""
        if not self.body:
            return {}
        if "protobuf" in self.content_type:
            raise unsupported_media("application/json, application/yaml")
        try:
            return json.loads(self.body)
        except ValueError:
            pass
        try:
            return quick_yaml.load(self.body)
        except yaml.YAMLError as error:
            raise bad_request(f"error decoding patch: error converting YAML to JSON: {error}") from error

    def write(self, subresource: str) -> Write:
        """How it writes. Raises Refused (422) where an apply names no manager."""
        manager = self.parameter("fieldManager")
        if not manager and "apply-patch" in self.content_type:
            raise _without_manager()
        dry_run = self.parameter("dryRun")
        if dry_run not in ("", "All"):
            raise invalid_options("PatchOptions", Cause("FieldValueNotSupported", f'Unsupported value: ["{dry_run}"]: supported values: "All"', "dryRun"))  # fmt: skip # noqa: E501
        name = manager or self.user_agent.partition("/")[0] or "unknown"
        strict = self.parameter("fieldValidation") == "Strict"
        return Write(name, dry_run == "All", self.is_set("force"), strict, subresource)


def _without_manager() -> Refused:
    cause = Cause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")
    return invalid_options("PatchOptions", cause)


@dataclass(frozen=True, slots=True)
class Place:
    """Which resource a path is about."""

    group: str
    version: str
    plural: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    def asked(self, request: Request) -> Asked:
        """What is to be authorized. A namespace is in itself."""
        namespace = self.name if self.plural == "namespaces" else self.namespace
        return Asked(self._verb(request), self.group, self.plural, namespace, self._name(request), self.subresource)

    def _verb(self, request: Request) -> str:
        if request.method in ("GET", "HEAD"):
            if self.name:
                return "get"
            return "watch" if request.is_set("watch") else "list"
        if request.method == "DELETE":
            return "delete" if self.name else "deletecollection"
        return _VERBS[request.method]

    def _name(self, request: Request) -> str:
        selector = request.parameter("fieldSelector")
        found = selector.removeprefix("metadata.name=")
        return self.name or (found if found != selector and "," not in found else "")


def placed(path: str) -> Place | None:
    """The place of a path below /api/VERSION or /apis/GROUP/VERSION; none where it is another path."""
    parts = [unquote(part) for part in path.strip("/").split("/")]
    if parts[0] == "api" and len(parts) > 1:
        return _place("", parts[1], parts[2:])
    if parts[0] == "apis" and len(parts) > 2:
        return _place(parts[1], parts[2], parts[3:])
    return None


def _place(group: str, version: str, rest: list[str]) -> Place:
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces" and not (len(rest) == 3 and rest[2] in _OF_NAMESPACES):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "", "")[:3]
    return Place(group, version, plural, namespace, name, subresource)
