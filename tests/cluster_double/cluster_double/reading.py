"""Lists, in chunks where they are asked for.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from cluster_double.selectors import fields_match, labels_match
from cluster_double.statuses import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.asked import Request
    from cluster_double.kinds import JSON, Resource
    from cluster_double.store import Store


def wanted(request: Request) -> Callable[[JSON], bool]:
    """Whether an object fits the selectors of the request."""
    labels = labels_match(request.parameter("labelSelector"))
    fields = fields_match(request.parameter("fieldSelector"), _fields_of(request.path))
    return lambda obj: labels(obj["metadata"].get("labels") or {}) and fields(obj)


_FIELDS = {
    "events": ("involvedObject.", "reason", "reportingComponent", "source", "type"),
    "pods": ("spec.", "status."), "nodes": ("spec.",), "namespaces": ("status.",), "secrets": ("type",),
    "jobs": ("status.",),
}  # fmt: skip


def _fields_of(path: str) -> tuple[str, ...]:
    """Beginnings of the fields that objects may be selected by."""
    plural = next((each for each in reversed(path.split("/")) if each in _FIELDS), "")
    return ("metadata.name", *_FIELDS.get(plural, ()))


def listed(store: Store, resource: Resource, namespace: str, request: Request) -> JSON:
    """The list; items of built-in kinds name neither their kind nor their version."""
    fits = wanted(request)
    with store.lock:
        found = [obj for obj in store.seen(resource, namespace) if fits(obj)]
        version = str(store.version)
    metadata: dict[str, Any] = {"resourceVersion": version} | ({"continue": ""} if resource.custom else {})
    found, more = _chunk(found, request, metadata)
    if more:
        metadata |= more
    items = found if resource.custom else [_bare(obj) for obj in found]
    head: JSON = {"kind": f"{resource.kind}List", "apiVersion": resource.group_version}
    return head | {"metadata": metadata, "items": items}


def _bare(obj: JSON) -> JSON:
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def _chunk(found: list[JSON], request: Request, metadata: dict[str, Any]) -> tuple[list[JSON], JSON]:
    start = _start(request, metadata)
    found = [obj for obj in found if _key(obj) > start]
    limit = int(request.parameter("limit") or 0)
    if not limit or len(found) <= limit:
        return found, {}
    token = {"v": "meta.k8s.io/v1", "rv": int(metadata["resourceVersion"]), "start": _key(found[limit - 1])}
    text = base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
    more: JSON = {"continue": text}
    if not request.parameter("labelSelector") and not request.parameter("fieldSelector"):
        more["remainingItemCount"] = len(found) - limit
    return found[:limit], more


def _start(request: Request, metadata: dict[str, Any]) -> str:
    text = request.parameter("continue")
    if not text:
        return ""
    try:
        token = json.loads(base64.urlsafe_b64decode(text))
    except ValueError:
        raise bad_request("continue key is not valid: illegal base64 data") from None
    metadata["resourceVersion"] = str(token["rv"])
    return token["start"]


def _key(obj: JSON) -> str:
    return f"{obj['metadata'].get('namespace', '')}\0{obj['metadata']['name']}"
