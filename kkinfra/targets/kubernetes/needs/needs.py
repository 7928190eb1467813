"""What an environment needs of its cluster, and whether that is there. Nothing is changed, nothing is installed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.api import suppress_status
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN, Kind
from kkinfra.targets.kubernetes.client.objects import annotations_of, part, reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.protocol.needs import Need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON

_VERBS = ("create", "delete", "get", "list", "patch")
_FEWER = {
    "Namespace": ("get", "patch"),
    "PersistentVolume": ("create", "get", "list", "patch"),
    "Secret": ("create", "get", "patch"),
}
"""Kinds with which less is done: see what the renderer's access/ allows."""

Served = Mapping[tuple[str, str, str], Kind]
"""Kinds that the cluster knows, by group, version and kind."""

_BUILT_IN_GROUPS = frozenset((group, version) for group, version, _ in BUILT_IN)
_NEWEST_SKEW = 1
_FORBIDDEN = 403
_REMEDIES = {
    "traefik.io": "install Traefik 3 with its custom resources (https://doc.traefik.io/traefik/getting-started/install-traefik/)",
    "bitnami.com": "install Sealed Secrets (https://github.com/bitnami-labs/sealed-secrets#installation)",
    "external-secrets.io": "install External Secrets Operator (https://external-secrets.io/latest/introduction/getting-started/)",
    "argoproj.io": "install Argo CD (https://argo-cd.readthedocs.io/en/stable/getting_started/)",
    "argocd-image-updater.argoproj.io": "install Image Updater 1.x (https://argocd-image-updater.readthedocs.io/en/stable/)",
}


def version_need(api: Api, wanted: str) -> Need:
    """The cluster's version: what is rendered is for the one that the specification says, and for the next."""
    said = api.ask("GET", "/version")
    major, minor = (re.sub(r"\D", "", str(said.get(each, ""))) or "0" for each in ("major", "minor"))
    found, asked = (int(major), int(minor)), tuple(int(each) for each in wanted.split(".")[:2])
    name = f"version {wanted}"
    if found < asked:
        return Need(name, f"{major}.{minor}", f'upgrade the cluster, or write platform.version: "{major}.{minor}"')
    if found[0] != asked[0] or found[1] > asked[1] + _NEWEST_SKEW:
        return Need(name, f"{major}.{minor}", f'write platform.version: "{major}.{minor}", and render again')
    return Need(name, f"{major}.{minor}")


def served_kinds(api: Api, objects: Iterable[JSON]) -> Served:
    """The kinds of the objects that the cluster knows; every group that is not built in is asked about once."""
    groups = sorted({(name.group, name.version) for name in map(reference, objects)} - _BUILT_IN_GROUPS)
    found = together(lambda pair: api.served(*pair), groups)
    return {**BUILT_IN, **{(each.group, each.version, each.kind): each for kinds in found for each in kinds}}


def kind_needs(served: Served, objects: Iterable[JSON]) -> list[Need]:
    """The custom resources that the rendered objects are of, each once."""
    wanted = {(name.group, name.version, name.kind) for name in map(reference, objects)} - BUILT_IN.keys()
    return [
        Need(f"{kind} of {group}/{version}", "there")
        if (group, version, kind) in served
        else Need(
            f"{kind} of {group}/{version}", "not there", _REMEDIES.get(group, f"install what serves {group}/{version}")
        )
        for group, version, kind in sorted(wanted)
    ]


def right_needs(api: Api, namespace: str, served: Served, objects: Iterable[JSON]) -> list[Need]:
    """What whoever deploys must be allowed to do (SelfSubjectAccessReview), a line for each kind."""
    kinds = {kind for each in objects if (kind := _kind(served, each))}
    lease, pods = BUILT_IN["coordination.k8s.io", "v1", "Lease"], BUILT_IN["", "v1", "Pod"]
    wanted = [(kind, _verbs(api, namespace, kind)) for kind in sorted(kinds)]
    wanted += [(lease, ("create", "get", "update")), (pods, ("create", "delete", "get", "list"))]
    wanted += [(replace(pods, plural=f"pods/{each}"), ("create", "get")) for each in ("attach", "exec")]
    return together(lambda pair: _right_need(api, namespace, *pair), wanted)


def _verbs(api: Api, namespace: str, kind: Kind) -> tuple[str, ...]:
    """A namespace that is there need not be created; where it may not be seen, that is the right that lacks."""
    verbs = _FEWER.get(kind.kind, _VERBS)
    if kind.kind == "Namespace":
        with suppress_status(_FORBIDDEN):
            return verbs if api.get(kind, "", namespace) else ("create", *verbs)
    return verbs


def _kind(served: Served, made: JSON) -> Kind | None:
    name = reference(made)
    return served.get((name.group, name.version, name.kind))


def _right_need(api: Api, namespace: str, kind: Kind, verbs: Sequence[str]) -> Need:
    missing = [verb for verb in verbs if not _may(api, namespace, kind, verb)]
    name = f"right to {kind.resource}"
    if missing:
        return Need(name, "missing", f"let this user {', '.join(missing)} {kind.resource} in {namespace}")
    return Need(name, ", ".join(verbs))


def _may(api: Api, namespace: str, kind: Kind, verb: str) -> bool:
    resource, _, below = kind.plural.partition("/")
    attributes = {"verb": verb, "group": kind.group, "version": kind.version, "resource": resource}
    attributes |= {"subresource": below} if below else {}
    if kind.namespaced:
        attributes["namespace"] = namespace
    elif kind.kind == "Namespace" and verb != "create":
        attributes["name"] = namespace
    body = {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }  # fmt: skip
    answer = api.ask("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}, body)
    return bool(part(answer, "status").get("allowed"))


def secret_needs(api: Api, environment: str, wanted: Iterable[JSON]) -> list[Need]:
    """The Secrets, and in each the keys that are read; `wanted` have them, with whatever values."""
    found: list[Need] = []
    for made in wanted:
        metadata = made["metadata"]
        there = api.get(BUILT_IN["", "v1", "Secret"], metadata["namespace"], metadata["name"])
        absent = sorted(part(made, "data").keys() - part(there, "data").keys())
        remedy = f"put {', '.join(absent)} there: `kkinfra secrets push {environment}`" if absent else ""
        found.append(Need(f"secret/{metadata['name']}", "there" if there else "not there", remedy))
    return found


def object_needs(api: Api, served: Served, objects: Iterable[JSON], remedy: str) -> list[Need]:
    """Objects that somebody applies once; those of a kind that is not there are told with the kind."""
    found: list[Need] = []
    for made in objects:
        if kind := _kind(served, made):
            there = api.get(kind, str(made["metadata"].get("namespace", "")), made["metadata"]["name"]) is not None
            found.append(Need(str(reference(made)), "there" if there else "not there", "" if there else remedy))
    return found


def by_hand(objects: Iterable[JSON]) -> list[str]:
    """What cannot be seen from outside of the cluster's nodes, as the rendered objects say it."""
    return [
        f"{reference(each)}: {needs}"
        for each in objects
        if (needs := str(annotations_of(each).get("kkinfra/needs", "")))
    ]
