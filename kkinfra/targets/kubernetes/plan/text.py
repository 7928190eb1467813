"""A plan for a cluster, as changes that any report tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.difference.change import Action, Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kkinfra.errors import ApplyConflictError
    from kkinfra.targets.kubernetes.plan.difference import ObjectChange
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan

CLUSTER = "cluster"
"""The target that changes of a cluster are told of."""

_ACTIONS: dict[str, Action] = {"create": "add", "change": "change", "delete": "remove"}


def plan_changes(plan: ClusterPlan) -> Iterator[Change]:
    """Everything that a deploy does; an object that is made for its secrets' sake is told once."""
    made = {each.reference for each in plan.secrets if each.action == "create"}
    yield from object_changes(plan.secrets)
    changes = [each for each in plan.changes if each.reference not in made]
    yield from object_changes((each for each in changes if each.reference in plan.as_deployed), drift=True)
    yield from object_changes(each for each in changes if each.reference not in plan.as_deployed)
    for name in plan.again:
        yield Change(CLUSTER, str(name), "restart", note="failed, and runs once more")
    for name in plan.restarted:
        note = "restarts, since a secret that it reads was changed"
        yield Change(CLUSTER, str(name), "restart", note=note)
    for each in plan.pruned:
        yield Change(CLUSTER, str(each.reference), "remove", note="is not rendered any more")


def object_changes(
    changes: Iterable[ObjectChange], target: str = CLUSTER, *, drift: bool = False
) -> Iterator[Change]:  # fmt: skip
    """Changes of objects, but for those that stay."""
    for each in changes:
        if each.action != "same":
            note = "" if each.fields or each.action != "change" else "has the same items in another order"
            yield Change(target, str(each.reference), _ACTIONS[each.action], each.fields, note=note, drift=drift)


def kept_notes(plan: ClusterPlan) -> Iterator[str]:
    """What is not rendered any more, and is left alone all the same."""
    yield from (f"{each.reference} is not rendered any more, and stays: {each.why}" for each in plan.kept)


def conflict_notes(conflicts: Iterable[ApplyConflictError]) -> Iterator[str]:
    """What stops a deploy: fields that others own."""
    for conflict in conflicts:
        yield f"! {conflict}\na deploy stops at that; --force-conflicts takes them"
