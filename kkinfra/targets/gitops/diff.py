"""The verb `diff` where Argo CD delivers: what is rendered, what is in Git, and what is in the cluster."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kkinfra.difference.change import Change
from kkinfra.difference.report import Compared, Difference, asked, joined, left_out, not_asked, refuse_unknown
from kkinfra.errors import ClusterError, KkinfraError
from kkinfra.targets.gitops.argocd.application import out_of_sync, summary
from kkinfra.targets.gitops.argocd.differing import between, verdict
from kkinfra.targets.gitops.argocd.drift import drifted_objects
from kkinfra.targets.gitops.argocd.following import application_in
from kkinfra.targets.gitops.delivery import delivery_of
from kkinfra.targets.gitops.git.image_override import Override, override_in
from kkinfra.targets.gitops.git.rolled_back import mark_in
from kkinfra.targets.gitops.git.tree import GIT, is_written, objects_in, tree_at
from kkinfra.targets.kubernetes.client.objects import objects
from kkinfra.targets.kubernetes.plan.text import CLUSTER, object_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.gitops.session import GitOpsSession
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.difference import ObjectChange

_FORBIDDEN = 403
_IN_SHORT = "Argo CD says so; only who may change it can see in what"


@dataclass(frozen=True, slots=True)
class _Git:
    """What is in Git: the commit, the objects, what Argo CD puts in their place, and whether it stays rolled back."""

    commit: str
    objects: tuple[JSON, ...]
    override: Override
    mark: str


def look(session: GitOpsSession, without: frozenset[str]) -> Difference:
    """Which of the three differ, and in what."""
    refuse_unknown(session.environment.name, without, (GIT, CLUSTER))
    return _GitComparison(session, objects(session.wanted.tree)).made(without)


@dataclass(frozen=True, slots=True)
class _GitComparison:
    session: GitOpsSession
    rendered: Sequence[JSON]

    @property
    def environment(self) -> Environment:
        return self.session.environment

    def made(self, left: frozenset[str]) -> Difference:
        """Git first, since the cluster is compared with it; without Git, with what is rendered."""
        name, telling = self.environment.name, self.session.telling
        telling(f"fetching {name} from Git")
        git = None if GIT in left else self.git()
        ours = left_out(name, GIT) if git is None else self.to_commit(git)
        telling("looking at the cluster")
        ask = partial(self.drifted, git if isinstance(git, _Git) else None, ours.changes)
        where = f"the namespace {self.environment.namespace}"
        theirs = left_out(name, CLUSTER) if CLUSTER in left else asked(name, CLUSTER, where, ask)
        return joined(name, (ours, theirs))

    def git(self) -> _Git | KkinfraError:
        """What is in Git, or why that is not known."""
        try:
            return _git(self.session)
        except KkinfraError as error:
            return error

    def to_commit(self, git: _Git | KkinfraError) -> Difference:
        """From Git to what is rendered."""
        name, delivery = self.environment.name, self.session.delivery
        where = f"{delivery.branch} of {delivery.repository}"
        if isinstance(git, KkinfraError):
            return not_asked(name, GIT, where, str(git))
        notes = (f"{git.mark}, until `kkinfra resume {name}`",) if git.mark else ()
        changes = object_changes(between(git.objects, self.rendered), GIT)
        return Difference(name, (Compared(GIT, f"{where} at {git.commit[:12]}", notes),), _told(changes))

    def drifted(self, git: _Git | None, to_commit: Sequence[Change]) -> Difference:
        """From the cluster to Git, and which of the three is alone."""
        wanted = git.override.applied(git.objects) if git else self.rendered
        api = self.session.api
        argo, drifted = _drift(api, self.environment, wanted)
        found = _told(_drift_changes(drifted))
        third = _third(api, self.environment, git.override.applied(self.rendered), to_commit, found) if git else None
        where = f"{self.environment.namespace} on {api.server}; {argo}"
        told = verdict(to_commit, found, third) if git else ""
        return Difference(self.environment.name, (Compared(CLUSTER, where),), found, told)


def _git(session: GitOpsSession) -> _Git:
    checkout = session.clone()
    directory, mark = checkout.directory, mark_in(checkout.directory)
    found = objects_in(tree_at(directory, checkout.tip)) if is_written(directory) else ()
    override = override_in(directory, session.environment.namespace)
    return _Git(checkout.tip, found, override, str(mark) if mark else "")


def _drift(api: Api, environment: Environment, wanted: Sequence[JSON]) -> tuple[str, list[ObjectChange] | list[str]]:
    """What Argo CD says, and what differs; where nobody may try out a change, only which resources do."""
    name = environment.namespace
    application: JSON = {}
    try:
        application = application_in(api, str(delivery_of(environment).argocd_namespace), name)
        argo = summary(application)
    except ClusterError as error:
        if not error.status:
            raise
        argo = str(error)
    try:
        return argo, drifted_objects(api, name, wanted)
    except ClusterError as error:
        if error.status != _FORBIDDEN or not application:
            raise
        return argo, out_of_sync(application)


def _third(
    api: Api, environment: Environment, rendered: Sequence[JSON], to_commit: Sequence[Change], drifted: Sequence[object]
) -> bool | None:
    """Whether what is rendered and the cluster differ: known from the other two, or looked at where both differ."""
    if not to_commit or not drifted:
        return bool(to_commit or drifted)
    try:
        return bool(drifted_objects(api, environment.namespace, rendered))
    except ClusterError:
        return None


def _drift_changes(drifted: list[ObjectChange] | list[str]) -> Iterator[Change]:
    """What differs, or of which objects only that is known."""
    for each in drifted:
        if isinstance(each, str):
            yield Change(CLUSTER, each, "change", note=_IN_SHORT, drift=True)
        else:
            yield from object_changes((each,), drift=True)


def _told(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Without objects of which only an order differs that means nothing."""
    return tuple(each for each in changes if each.fields or each.note or each.action != "change")
