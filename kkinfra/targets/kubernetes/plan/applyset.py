"""The inventory of a release: an ApplySet, which other tools understand too.

The specification is KEP-3659:
https://github.com/kubernetes/enhancements/tree/master/keps/sig-cli/3659-kubectl-apply-prune#design-details-applyset-specification,
the prefix of its labels that of kubectl (https://github.com/kubernetes/kubectl/blob/master/pkg/cmd/apply/applyset.go).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.kubernetes.client.objects import annotations_of, labels, part, reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON

PART_OF = "applyset.kubernetes.io/part-of"
"""The label that members carry; its value is the set's id."""

ID = "applyset.kubernetes.io/id"
"""The label that makes an object the parent of a set."""

MANAGED_BY = "app.kubernetes.io/managed-by"
OWNER = "kkinfra"
_TOOLING, _TOOL = "applyset.kubernetes.io/tooling", f"{OWNER}/v1"
_GROUP_KINDS = "applyset.kubernetes.io/contains-group-kinds"
_NAMESPACES = "applyset.kubernetes.io/additional-namespaces"


def applyset_id(name: str, namespace: str, kind: str, group: str) -> str:
    """The id of the set whose parent is called so; `namespace` is empty for a cluster-wide one, `group` for core."""
    digest = hashlib.sha256(f"{name}.{namespace}.{kind}.{group}".encode()).digest()
    return f"applyset-{base64.urlsafe_b64encode(digest).decode().rstrip('=')}-v1"


def parent(name: str, namespace: str, members: Iterable[JSON]) -> JSON:
    """The ConfigMap that is the parent of a set, with the kinds and the other namespaces that its members are of."""
    found = [reference(member) for member in members]
    kinds = {f"{each.kind}.{each.group}" if each.group else each.kind for each in found}
    others = {each.namespace for each in found} - {"", namespace}
    annotations = {_TOOLING: _TOOL, _GROUP_KINDS: ",".join(sorted(kinds))}
    if others:
        annotations[_NAMESPACES] = ",".join(sorted(others))
    identity = applyset_id(name, namespace, "ConfigMap", "")
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {ID: identity, MANAGED_BY: OWNER},
            "annotations": annotations,
        },
    }


def group_kinds(parent: JSON) -> set[tuple[str, str]]:
    """Group and kind of all that a set's parent says its members are of."""
    named = str(annotations_of(parent).get(_GROUP_KINDS, "")).split(",")
    return {(group, kind) for each in named if each for kind, _, group in [each.strip().partition(".")]}


def as_member(obj: JSON, identity: str) -> JSON:
    """The object as a member of a set; raises DeployError where it is rendered as one of another."""
    told = labels(obj).get(PART_OF, identity)
    if told != identity:
        raise DeployError(f"{reference(obj)} is rendered with label {PART_OF}: {told}; leave that label out")
    metadata = part(obj, "metadata")
    return {**obj, "metadata": {**metadata, "labels": {**labels(obj), PART_OF: identity}}}


def refuse_rename(found: Iterable[JSON], wanted: JSON) -> None:
    """Raise DeployError where the parents that are found in a namespace show that `wanted` is not to go there.

    That is another tool's set, one whose id is not its own, or one of kkinfra under another name and none under this:
    the project or the environment was renamed, and what was deployed would be left behind, or be taken over.
    """
    namespace, name = part(wanted, "metadata").get("namespace"), part(wanted, "metadata").get("name")
    there = {str(part(each, "metadata").get("name")): each for each in found}
    if name in there:
        _refuse_strange_parent(there[str(name)], wanted)
        return
    others = ", ".join(sorted(other for other, each in there.items() if ID in labels(each) and _tool(each) == OWNER))
    if others:
        raise DeployError(
            f"namespace {namespace} holds {others}, and this would be {name}: was the project or the environment "
            "renamed? Name it as it was, give this one a namespace of its own, or take down the other first"
        )


def _refuse_strange_parent(found: JSON, wanted: JSON) -> None:
    if _tool(found) != OWNER:
        by = _tool(found) or "nobody that it names"
        raise DeployError(f"{reference(found)} is the ApplySet of {by}, not of {OWNER}; rename or delete it")
    told, expected = labels(found).get(ID), labels(wanted).get(ID)
    if told != expected:
        raise DeployError(f"{reference(found)} has label {ID}: {told}, where it must have {expected}; correct it")


def refuse_members_of_others(live: Iterable[JSON], identity: str) -> None:
    """Raise DeployError where live objects are members of another set: each has one owner."""
    strange = [each for each in live if str(labels(each).get(PART_OF, identity)) != identity]
    if strange:
        told = "".join(f"\n  {reference(each)}: {labels(each)[PART_OF]}" for each in strange)
        raise DeployError(
            f"objects belong to another ApplySet than {identity}:{told}\nEach may belong to one only: deploy under the "
            f"name it was deployed with, or take the label {PART_OF} off to hand them over"
        )


def _tool(parent: JSON) -> str:
    """Whose set it is, without the version."""
    return str(annotations_of(parent).get(_TOOLING, "")).rpartition("/")[0]
