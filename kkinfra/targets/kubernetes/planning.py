"""What a deploy would do, without doing it: the server itself is asked, by dry runs, about what may differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from kkinfra.errors import ApplyConflictError, ClusterError
from kkinfra.targets.kubernetes.api import MANAGER
from kkinfra.targets.kubernetes.comparison import differs
from kkinfra.targets.kubernetes.difference import Change, change
from kkinfra.targets.kubernetes.objects import part, reference
from kkinfra.targets.kubernetes.pruning import Prunable, prunable
from kkinfra.targets.kubernetes.readiness import readiness
from kkinfra.targets.kubernetes.together import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.desired import Desired
    from kkinfra.targets.kubernetes.live import Live
    from kkinfra.targets.kubernetes.objects import JSON, Reference

_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Plan:
    """What changes, object by object; what is pruned, and what stays although it is not desired, and why.

    `conflicts` are what other field managers own; `again` are Jobs that failed and would run once more.
    """

    changes: tuple[Change, ...] = ()
    secrets: tuple[Change, ...] = ()
    pruned: tuple[Prunable, ...] = ()
    kept: tuple[Prunable, ...] = ()
    conflicts: tuple[ApplyConflictError, ...] = ()
    again: tuple[Reference, ...] = ()
    unready: tuple[Reference, ...] = ()

    @property
    def changed(self) -> set[Reference]:
        """Which objects are applied."""
        return {each.reference for each in self.changes if each.action != "same"} | {*self.again}

    def with_secrets(self, secrets: tuple[Change, ...]) -> Plan:
        """The same, with what becomes of Secrets."""
        return replace(self, secrets=secrets)

    def as_json(self) -> dict[str, object]:
        """Plain values, without what Secrets hold."""
        changes = [each for each in (*self.secrets, *self.changes) if each.action != "same"]
        return {
            "changes": [
                {"object": str(each.reference), "action": each.action, "lines": each.lines} for each in changes
            ],
            "again": [str(each) for each in self.again],
            "pruned": [str(each.reference) for each in self.pruned],
            "kept": {str(each.reference): each.why for each in self.kept},
            "conflicts": [{"object": each.name, "fields": dict(each.conflicts)} for each in self.conflicts],
            "unready": [str(each) for each in self.unready],
        }

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done."""
        return not (self.changed or self.pruned or any(each.action != "same" for each in self.secrets))


def plan(api: Api, desired: Desired, live: Live, *, force: bool, named: frozenset[str] = frozenset()) -> Plan:
    """Compare what is desired with what is there; raises ClusterError where the server refuses an object."""
    found = together(lambda made: _compared(api, made, live, force=force), desired.objects)
    pruned, kept = prunable(desired.objects, live.members(desired.identity), desired.identity, named)
    states = [(reference(each), readiness(there)) for each in desired.objects if (there := live.get(each))]
    return Plan(
        changes=tuple(each for each in found if isinstance(each, Change)),
        pruned=pruned, kept=kept,
        conflicts=tuple(each for each in found if isinstance(each, ApplyConflictError)),
        again=tuple(name for name, state in states if name.kind == "Job" and state.state == "failed"),
        unready=tuple(name for name, state in states if state.state != "ready"),
    )  # fmt: skip


def _compared(api: Api, made: JSON, live: Live, *, force: bool) -> Change | ApplyConflictError:
    there = live.get(made)
    if there is not None and not differs(made, there, MANAGER):
        return change(reference(made), there, there)
    try:
        return change(reference(made), there, api.apply(made, force=force, dry_run=True))
    except ApplyConflictError as error:
        return error
    except ClusterError as error:
        if error.status == _NOT_FOUND and there is None and not _namespace_is_there(made, live):
            return change(reference(made), None, made)
        raise


def _namespace_is_there(made: JSON, live: Live) -> bool:
    """In a namespace that is not there yet, the server can try out nothing."""
    namespace = part(made, "metadata").get("namespace")
    return not namespace or any(each.kind == "Namespace" and each.name == namespace for each in live.objects)


def secret_changes(live: Mapping[str, JSON | None], wanted: Iterable[JSON]) -> tuple[Change, ...]:
    """What becomes of Secrets, without what they hold; `live` is by name."""
    found: list[Change] = []
    for made in wanted:
        there = live.get(made["metadata"]["name"])
        after = made if there is None else {**there, "data": {**part(there, "data"), **made["data"]}}
        found.append(change(reference(made), there, after))
    return tuple(found)
