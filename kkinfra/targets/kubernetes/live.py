"""What is in the cluster: each kind listed once, all at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.applyset import PART_OF, group_kinds
from kkinfra.targets.kubernetes.objects import labels, reference
from kkinfra.targets.kubernetes.together import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.kinds import Kind
    from kkinfra.targets.kubernetes.objects import JSON, Reference

_ONE_BY_ONE = ("Namespace", "Secret")
"""Kinds that are read by name: whoever deploys need not be allowed to list them."""


@dataclass(frozen=True, slots=True)
class Live:
    """Objects by reference: what is desired, what is of the set, and all else of their kinds in the namespace."""

    objects: dict[Reference, JSON] = field(default_factory=dict["Reference", "JSON"])

    def get(self, desired: JSON) -> JSON | None:
        """The live object of a manifest, or None."""
        return self.objects.get(reference(desired))

    def members(self, identity: str) -> list[JSON]:
        """The members of an ApplySet."""
        return [each for each in self.objects.values() if labels(each).get(PART_OF) == identity]


def observe(api: Api, namespace: str, desired: Iterable[JSON], parent: JSON | None, identity: str) -> Live:
    """Look at all that is desired, and at all that the set's parent says that there is.

    Raises ClusterError where the cluster is not reached, or refuses.
    """
    wanted = list({reference(each): each for each in desired}.values())
    kinds = {api.kind_of(each) for each in wanted}
    known = {(kind.group, kind.kind): kind for kind in kinds}
    for group, name in group_kinds(parent) if parent else ():
        if (group, name) not in known:
            kinds |= _known_kind(api, group, name)
    asked: list[Callable[[], list[JSON]]] = []
    for kind in sorted(kinds):
        if kind.kind in _ONE_BY_ONE or not kind.namespaced:
            asked += [partial(_one, api, each) for each in wanted if api.kind_of(each) == kind]
        if kind.kind not in _ONE_BY_ONE:
            selector = "" if kind.namespaced else f"{PART_OF}={identity}"
            asked.append(partial(api.list, kind, namespace if kind.namespaced else "", selector))
    found = together(_call, asked)
    return Live({reference(each): each for listed in found for each in listed})


def _call(asked: Callable[[], list[JSON]]) -> list[JSON]:
    return asked()


def _one(api: Api, desired: JSON) -> list[JSON]:
    found = api.find(desired)
    return [] if found is None else [found]


def _known_kind(api: Api, group: str, name: str) -> set[Kind]:
    """A kind that an earlier release had; one that the cluster does not know any more has no objects either."""
    found = api.preferred(group, name)
    return {found} if found else set()
