"""What is in the cluster: each kind listed once, all at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import labels, reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.plan.applyset import PART_OF, group_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.kinds import Kind
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference

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


def observe(api: Api, namespace: str, desired: Iterable[JSON], identity: str) -> Live:
    """Look at all that is desired, and at all else in the namespace that is of those kinds.

    Raises ClusterError where the cluster is not reached, or refuses.
    """
    wanted = list({reference(each): each for each in desired}.values())
    return _looked_at(api, namespace, {api.kind_of(each) for each in wanted}, wanted, identity)


def observe_set(api: Api, namespace: str, desired: Iterable[JSON], parent: JSON, identity: str) -> Live:
    """The same, with all that the set's live parent says that there is; `parent` is as it would be written."""
    wanted = (*desired, parent)
    live = observe(api, namespace, wanted, identity)
    known = {(name.group, name.kind) for name in map(reference, wanted)}
    others = sorted(group_kinds(live.get(parent) or {}) - known)
    # a kind that an earlier release had, and the cluster does not know any more, has no objects either
    kinds = {kind for group, name in others if (kind := api.preferred(group, name))}
    return Live({**live.objects, **_looked_at(api, namespace, kinds, (), identity).objects})


def _looked_at(api: Api, namespace: str, kinds: Iterable[Kind], wanted: Sequence[JSON], identity: str) -> Live:
    """The longest lists are asked for first, as they take longest."""
    asked: list[Callable[[], list[JSON]]] = []
    count = Counter(map(api.kind_of, wanted))
    for kind in sorted(kinds, key=lambda kind: (-count[kind], kind)):
        if kind.kind in _ONE_BY_ONE or not kind.namespaced:
            asked += [partial(_one, api, each) for each in wanted if api.kind_of(each) == kind]
        if kind.kind not in _ONE_BY_ONE:
            selector = "" if kind.namespaced else f"{PART_OF}={identity}"
            asked.append(partial(api.list, kind, namespace if kind.namespaced else "", selector))
    found = together(lambda ask: ask(), asked)
    return Live({reference(each): each for listed in found for each in listed})


def _one(api: Api, desired: JSON) -> list[JSON]:
    found = api.find(desired)
    return [] if found is None else [found]
