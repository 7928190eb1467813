"""What is deleted because it is not rendered any more, and what stays for all that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import DeployError
from kkinfra.targets.kubernetes.client.objects import annotations_of, applied_by, items, labels, part, reference
from kkinfra.targets.kubernetes.plan.applyset import MANAGED_BY, OWNER, PART_OF
from kkinfra.targets.kubernetes.plan.ranks import ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON, Reference

_KEPT_KINDS = frozenset({"PersistentVolumeClaim", "PersistentVolume", "Namespace", "CustomResourceDefinition"})
"""Kinds that hold data, their own or that of all that is in them."""

_SYNC_OPTIONS = "argocd.argoproj.io/sync-options"
"""Argo CD's: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#no-prune-resources."""


@dataclass(frozen=True, slots=True)
class Prunable:
    """A member of a set that is not desired; `why` it stays, empty where it is deleted."""

    reference: Reference
    why: str = ""


def prunable(
    desired: Iterable[JSON], live: Iterable[JSON], identity: str, named: frozenset[str] = frozenset()
) -> tuple[tuple[Prunable, ...], tuple[Prunable, ...]]:
    """What is deleted, what needs others before what is needed; and what stays.

    Both are members of the set `identity` that are not desired. `named` are those, as `kind/name`, that are deleted
    although they hold data or are annotated to stay; never what somebody else owns.
    """
    wanted = {reference(each) for each in desired}
    members = [each for each in live if labels(each).get(PART_OF) == identity and reference(each) not in wanted]
    ordered = [each for rank in reversed(ranks(members)) for each in rank]
    return parted(Prunable(reference(each), _of_another(each) or _protected(each, named)) for each in ordered)


def parted(found: Iterable[Prunable]) -> tuple[tuple[Prunable, ...], tuple[Prunable, ...]]:
    """What is deleted, and what stays."""
    listed = tuple(found)
    return tuple(each for each in listed if not each.why), tuple(each for each in listed if each.why)


def refuse_unknown(named: Iterable[str], found: Sequence[Prunable]) -> None:
    """Raise DeployError where something is named that would not be pruned anyhow: a slip would go unnoticed."""
    known = {name for each in found for name in _names(each.reference)}
    for name in named:
        if name not in known:
            there = ", ".join(sorted({_names(each.reference)[0] for each in found})) or "nothing"
            raise DeployError(
                f"--prune {name}: that is not among what is there and not rendered any more; that is: {there}"
            )


def _names(found: Reference) -> tuple[str, str]:
    """As people may call it: with and without its group."""
    return f"{found.kind.lower()}/{found.name}", str(found)


def _of_another(obj: JSON) -> str:
    """Why it is not ours to delete, whoever asks for it; empty where it is."""
    if "deletionTimestamp" in part(obj, "metadata"):
        return "is being deleted already"
    for owner in items(obj, "metadata", "ownerReferences"):
        if owner.get("controller"):
            return f"belongs to {str(owner.get('kind', '')).lower()}/{owner.get('name')}, which decides about it"
    manager = labels(obj).get(MANAGED_BY, OWNER)
    if manager != OWNER:
        return f"is managed by {manager} (label {MANAGED_BY})"
    return "" if _is_applied(obj) else f"was made by somebody else, as a copy: {OWNER} never applied it"


def _is_applied(obj: JSON) -> bool:
    """Whether it is a member because kkinfra said so: the label that makes it one comes from its apply."""
    return any(f"f:{PART_OF}" in part(each, "f:metadata", "f:labels") for each in applied_by(OWNER, obj))


def _protected(obj: JSON, named: frozenset[str]) -> str:
    """Why it stays unless it is named."""
    found = reference(obj)
    name, full = _names(found)
    if named & {name, full}:
        return ""
    if found.kind in _KEPT_KINDS:
        return f"holds data; name {name} to delete it"
    options = str(annotations_of(obj).get(_SYNC_OPTIONS, "")).split(",")
    if "Prune=false" in {option.strip() for option in options}:
        return f"is annotated {_SYNC_OPTIONS}: Prune=false; name {name} to delete it"
    return ""
