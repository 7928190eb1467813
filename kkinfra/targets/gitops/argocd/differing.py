"""Which of three differ: what is rendered, what is in Git, what is in the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import reference
from kkinfra.targets.kubernetes.plan.difference import ObjectChange, change

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.targets.kubernetes.client.objects import JSON


def between(before: Iterable[JSON], after: Iterable[JSON]) -> list[ObjectChange]:
    """What changes from one set of manifests to another, without what stays; values of Secrets are hidden."""
    old = {reference(each): each for each in before}
    new = {reference(each): each for each in after}
    found = (change(name, old.get(name), new.get(name)) for name in {**old, **new})
    return [each for each in found if each.action != "same"]


def verdict(to_commit: Sequence[object], drifted: Sequence[object], third: bool | None) -> str:  # noqa: FBT001
    """Who is alone; `third` is whether what is rendered and the cluster differ, None where that is not known."""
    match bool(to_commit), bool(drifted):
        case False, False:
            return "the same: what is rendered, Git and the cluster"
        case True, False:
            return "what is rendered differs from Git and the cluster; deploy commits it"
        case False, True:
            return "the cluster differs from Git and what is rendered; Argo CD brings it back, or says why not"
        case _ if third is False:
            return "Git differs from what is rendered and the cluster; deploy commits it"
        case _:
            return "all three differ: what is rendered, Git and the cluster; deploy brings them together"
