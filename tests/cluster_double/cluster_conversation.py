"""A conversation with a cluster: requests, written down, and what is answered, without what differs each time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import quick_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from kkinfra.targets.kubernetes.client.api import Api

JSON = dict[str, Any]
NAMESPACE = "NS"
APPLY = "application/apply-patch+yaml"
_TIMES = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_UIDS = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_LEADERS = ("kube-controller-manager", "kube-scheduler", "kubelet")
_LED = frozenset({
    "DaemonSet", "Deployment", "Job", "PersistentVolume", "PersistentVolumeClaim", "PodDisruptionBudget",
    "StatefulSet",
})  # fmt: skip
"""Kinds whose status controllers write in the meantime."""

_OF_GO = re.compile(r"(json: cannot unmarshal|contents redacted>\":|RBAC: allowed)?(?(1) ?.*|\n@@ .*)", re.DOTALL)
_ADDRESSES = re.compile(r"\b10\.\d+\.\d+\.\d+\b")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and its answer: the status, and the document or the text."""

    ask: str
    status: int
    body: Any


def requests(path: Path) -> list[JSON]:
    """What is asked, in order."""
    read: list[JSON] = quick_yaml.load(path.read_text(encoding="utf-8"))
    return read


def hold(api: Api, asked: Iterable[JSON], namespace: str, who: Mapping[str, JSON]) -> Iterator[Exchange]:
    """Ask one after the other, in a namespace that is there already; `who` has the headers of each user.

    `only` is the part of an answer that matters, where the rest is each server's own.
    """
    for each in asked:
        method, _, path = each["ask"].partition(" ")
        sent = _replaced(json.dumps(each["body"]), namespace).encode() if "body" in each else None
        headers = {"Accept": "application/json", "User-Agent": "conversation", **who[each.get("as", "")]}
        if sent is not None:
            headers["Content-Type"] = each.get("form") or (APPLY if method == "PATCH" else "application/json")
        answer = api.transport.request(method, api.server + _replaced(path, namespace), body=sent, headers=headers)
        body = _read(answer.data, namespace)
        for step in each.get("only", ()):
            body = body[step]
        yield Exchange(each["ask"], answer.status, body)


def _replaced(text: str, namespace: str) -> str:
    return re.sub(rf"\b{NAMESPACE}\b", namespace, text)


def _read(data: bytes, namespace: str) -> Any:
    """The answer, with placeholders for what is another each time."""
    text = data.decode().replace(namespace, NAMESPACE)
    for pattern, placeholder in ((_TIMES, "TIME"), (_UIDS, "UID"), (_ADDRESSES, "ADDRESS")):
        text = pattern.sub(placeholder, text)
    try:
        return _stable(json.loads(text))
    except ValueError:
        return text


def _stable(value: Any) -> Any:
    """Without versions, null times, what Go says of itself, and what controllers write; managers by their name."""
    if isinstance(value, str):
        return _OF_GO.sub(r"\1", value).rstrip("\n")
    if isinstance(value, list):
        return [_stable(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {key: _stable(each) for key, each in value.items() if (key, each) != ("creationTimestamp", None)}
    if "resourceVersion" in found:
        found["resourceVersion"] = "VERSION"
    if found.get("kind") in _LED:
        found.pop("status", None)
    if "annotations" in found:
        found["annotations"].pop("deployment.kubernetes.io/revision", None)
    if "managedFields" in found:
        found["managedFields"] = [each for each in found["managedFields"] if each.get("manager") not in _LEADERS]
        found["managedFields"].sort(
            key=lambda each: (each.get("manager", ""), each["operation"], each.get("subresource", ""))
        )
    return {key: each for key, each in found.items() if key != "nodePort" and (key, each) != ("annotations", {})}
