"""What a deploy would do, without doing it: the server itself is asked, by dry runs, about what may differ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.errors import ApplyConflictError, ClusterError
from kkinfra.targets.kubernetes.client.api import MANAGER
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import part, reference
from kkinfra.targets.kubernetes.client.together import together
from kkinfra.targets.kubernetes.health.readiness import readiness
from kkinfra.targets.kubernetes.plan.comparison import differs
from kkinfra.targets.kubernetes.plan.difference import ObjectChange, change
from kkinfra.targets.kubernetes.plan.pruning import Prunable, prunable
from kkinfra.targets.kubernetes.plan.restarting import WORKLOADS, outdated, reads
from kkinfra.targets.kubernetes.plan.secret_values import SECRETS_MANAGER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON, Reference
    from kkinfra.targets.kubernetes.plan.desired import Desired
    from kkinfra.targets.kubernetes.plan.live import Live

_NOT_FOUND, _INVALID = 404, 422
_PODS, _SECRETS = BUILT_IN["", "v1", "Pod"], BUILT_IN["", "v1", "Secret"]


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """What changes, object by object; what is pruned, and what stays although it is not desired, and why.

    `conflicts` are what other field managers own; `again` are Jobs that failed and would run once more; `restarted`
    are workloads that start anew since a Secret was changed that they read. Where it is not recorded, the release that
    served last is another: a run that did all this did not come to its end. `as_deployed` are objects that this
    release wants just so: what changes of those was changed in the cluster. `serving` is the number of the release that
    served last, `fingerprint` a digest of what is done and with what; equal ones do the same.
    """

    changes: tuple[ObjectChange, ...] = ()
    secrets: tuple[ObjectChange, ...] = ()
    pruned: tuple[Prunable, ...] = ()
    kept: tuple[Prunable, ...] = ()
    conflicts: tuple[ApplyConflictError, ...] = ()
    again: tuple[Reference, ...] = ()
    restarted: tuple[Reference, ...] = ()
    unready: tuple[Reference, ...] = ()
    is_recorded: bool = True
    as_deployed: frozenset[Reference] = frozenset()
    serving: int = 0
    fingerprint: str = ""

    @property
    def changed_secrets(self) -> set[Reference]:
        """Which Secrets get other values."""
        return {each.reference for each in self.secrets if each.action != "same"}

    @property
    def changed(self) -> set[Reference]:
        """Which objects are applied."""
        return {each.reference for each in self.changes if each.action != "same"} | {*self.again}

    @property
    def deeds(self) -> set[tuple[Reference, str]]:
        """What is done to which object, for comparing plans; a namespace is made before the lock that is in it."""
        done = {(each.reference, str(each.action)) for each in (*self.changes, *self.secrets) if each.action != "same"}
        done |= {(name, "run again") for name in self.again} | {(name, "restart") for name in self.restarted}
        done |= {(each.reference, "delete") for each in self.pruned}
        return {deed for deed in done if deed[0].kind != "Namespace"}

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do, to wait for or to record."""
        return self.is_empty and self.is_recorded and not self.unready

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes."""
        return not (self.changed_secrets or self.changed or self.pruned or self.restarted)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for besides: `force` takes fields from others, `named` may go although it holds data.

    `done` are Jobs that need not be there, as they have run, and may have been removed since.
    """

    force: bool = False
    named: frozenset[str] = frozenset()
    done: frozenset[Reference] = frozenset()


def plan(api: Api, desired: Desired, secrets: Sequence[JSON], live: Live, terms: Terms) -> ClusterPlan:
    """Compare what is desired with what is there; raises ClusterError where the server refuses an object."""
    values = _all_compared(api, live, terms.force, SECRETS_MANAGER, secrets)
    needed = [each for each in desired.objects if reference(each) not in terms.done or live.get(each) is not None]
    found = _all_compared(api, live, terms.force, MANAGER, needed)
    pruned, kept = prunable(desired.objects, live.members(desired.identity), desired.identity, terms.named)
    states = [(reference(each), readiness(there)) for each in desired.objects if (there := live.get(each))]
    changed = tuple(each for each, _ in values)
    return ClusterPlan(
        changes=tuple(each for each, _ in found),
        secrets=changed, pruned=pruned, kept=kept,
        conflicts=tuple(conflict for _, conflict in (*values, *found) if conflict),
        again=tuple(name for name, state in states if name.kind == "Job" and state.state == "failed"),
        restarted=_restarted(api, desired, live, {each.reference.name for each in changed if each.action != "same"}),
        unready=tuple(name for name, state in states if state.state != "ready"),
    )  # fmt: skip


def _restarted(api: Api, desired: Desired, live: Live, changed: set[str]) -> tuple[Reference, ...]:
    """Live workloads that read a Secret which changes now, or did since their pods started."""
    workloads = (live.get(each) for each in desired.objects if each["kind"] in WORKLOADS)
    there = [each for each in workloads if each and reads(each)]
    if not there:
        return ()
    pods = api.list(_PODS, desired.namespace)
    late = outdated(
        there, pods, _secrets(api, desired.namespace, live, {name for each in there for name in reads(each)})
    )
    return tuple(reference(each) for each in there if each in late or changed & reads(each))


def _secrets(api: Api, namespace: str, live: Live, names: set[str]) -> dict[str, JSON]:
    """The live Secrets of these names; an operator's are not desired, and so were not looked at yet."""
    known = {name.name: each for name, each in live.objects.items() if name.kind == "Secret"}
    others = together(partial(api.get, _SECRETS, namespace), sorted(names - known.keys()))
    return {**known, **{each["metadata"]["name"]: each for each in others if each}}


def _all_compared(
    api: Api, live: Live, force: bool, manager: str, wanted: Sequence[JSON]  # noqa: FBT001
) -> list[tuple[ObjectChange, ApplyConflictError | None]]:  # fmt: skip
    """What would become of each; the server is asked, side by side, about those alone that may differ."""
    asked = [each for each in wanted if (there := live.get(each)) is None or differs(each, there, manager)]
    answers = dict(
        zip(map(reference, asked), together(partial(_compared, api, live, force, manager), asked), strict=True)
    )
    return [answers.get(name) or (ObjectChange(name, "same"), None) for name in map(reference, wanted)]


def _compared(
    api: Api, live: Live, force: bool, manager: str, made: JSON  # noqa: FBT001
) -> tuple[ObjectChange, ApplyConflictError | None]:  # fmt: skip
    """What would become of an object, also where others own what would change, and that they do."""
    there, conflict = live.get(made), None
    ask = partial(_tried, api, made, manager, is_there=there is not None)
    try:
        after = ask(force=force)
    except ApplyConflictError as error:
        conflict, after = error, ask(force=True)
    except ClusterError as error:
        if error.status != _NOT_FOUND or there is not None or _namespace_is_there(made, live):
            raise
        after = made
    return change(reference(made), there, after), conflict


def _tried(api: Api, made: JSON, manager: str, *, force: bool, is_there: bool) -> JSON:
    """What the server would make of it; raises ClusterError that names the object where it may not be so.

    What somebody added to a list by hand may clash with what is applied: the server merges lists by their keys.
    """
    try:
        return api.apply(made, manager=manager, force=force, dry_run=True)
    except ClusterError as error:
        if error.status != _INVALID:
            raise
        undo = "; undo what was changed by hand, or delete it, and deploy again" if is_there else ""
        raise ClusterError(f"{reference(made)} cannot be applied: {error}{undo}", _INVALID, error.reason) from error


def _namespace_is_there(made: JSON, live: Live) -> bool:
    """In a namespace that is not there yet, the server can try out nothing."""
    namespace = part(made, "metadata").get("namespace")
    return not namespace or any(each.kind == "Namespace" and each.name == namespace for each in live.objects)
