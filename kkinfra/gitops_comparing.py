"""The verb `diff` where Argo CD delivers: what is rendered, what is in Git, and what is in the cluster."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.gitops_deploying import delivery_of
from kkinfra.output import emit, paint, say
from kkinfra.pipeline import render
from kkinfra.progress import progress_for
from kkinfra.targets.gitops.application import out_of_sync, summary
from kkinfra.targets.gitops.differing import between, verdict
from kkinfra.targets.gitops.drift import Drift
from kkinfra.targets.gitops.following import Following
from kkinfra.targets.gitops.image_override import Override, override_in
from kkinfra.targets.gitops.repository import cloned
from kkinfra.targets.gitops.rolled_back import mark_in
from kkinfra.targets.gitops.tree import is_written, objects_in, tree_at
from kkinfra.targets.kubernetes.api import connect
from kkinfra.targets.kubernetes.objects import objects
from kkinfra.targets.kubernetes.plan_text import plan_lines
from kkinfra.targets.kubernetes.planning import Plan
from kkinfra.targets.kubernetes.telling import Telling

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from kkinfra.environment import Environment
    from kkinfra.targets.kubernetes.api import Api
    from kkinfra.targets.kubernetes.difference import Change
    from kkinfra.targets.kubernetes.objects import JSON

DIFFERS = 2
_FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class _Git:
    """What is in Git: the commit, the objects, what Argo CD puts in their place, and whether it stays rolled back."""

    commit: str
    objects: tuple[JSON, ...]
    override: Override
    mark: str


def tell_difference(options: argparse.Namespace, environment: Environment) -> int:
    """Say which of the three differ, and in what; exit code 2 where any does."""
    rendered = objects(render(environment))
    with progress_for(options) as progress, Telling(progress) as telling:
        telling(f"fetching {environment.name} from Git")
        git = _git(environment)
        telling("looking at the cluster")
        with connect(options.context or "") as api:
            argo, drifted = _drift(api, environment, git.override.applied(git.objects))
            to_commit = between(git.objects, rendered)
            third = _third(api, environment, git.override.applied(rendered), to_commit, drifted)
        telling.pause()
    told = verdict(to_commit, drifted, third)
    if options.format == "json":
        emit({
            "git": git.commit, "argocd": argo, "rolled_back": git.mark, "differs": told.differs, "verdict": told.text,
            "rendered_and_git": _facts(to_commit), "git_and_cluster": _facts(drifted),
        })  # fmt: skip
    else:
        _show(options, git, to_commit, drifted, argo)
        say(options, paint(told.text, "yellow" if told.differs else "green", sys.stdout))
    return DIFFERS if told.differs else 0


def _git(environment: Environment) -> _Git:
    with cloned(delivery_of(environment)) as checkout:
        directory = checkout.directory
        found = objects_in(tree_at(directory, checkout.tip)) if is_written(directory) else ()
        mark = mark_in(directory)
        override = override_in(directory, environment.namespace)
        return _Git(checkout.tip, found, override, str(mark) if mark else "")


def _drift(api: Api, environment: Environment, wanted: Sequence[JSON]) -> tuple[str, list[Change] | list[str]]:
    """What Argo CD says, and what differs; where nobody may try out a change, only which resources do."""
    name = environment.namespace
    delivery = delivery_of(environment)
    application: JSON = {}
    try:
        following = Following(api, str(delivery.argocd_namespace), name, lambda _: False, 0, lambda _: None)
        application = following.look()
        argo = summary(application)
    except ClusterError as error:
        if not error.status:
            raise
        argo = str(error)
    try:
        return argo, Drift(api, name, name).changes(wanted)
    except ClusterError as error:
        if error.status != _FORBIDDEN or not application:
            raise
        return argo, out_of_sync(application)


def _third(
    api: Api, environment: Environment, rendered: Sequence[JSON], to_commit: list[Change], drifted: Sequence[object]
) -> bool | None:
    """Whether what is rendered and the cluster differ: known from the other two, or looked at where both differ."""
    if not to_commit or not drifted:
        return bool(to_commit or drifted)
    try:
        return bool(Drift(api, environment.namespace, environment.namespace).changes(rendered))
    except ClusterError:
        return None


def _facts(found: list[Change] | list[str]) -> list[object]:
    return [
        each if isinstance(each, str) else {"object": str(each.reference), "action": each.action, "lines": each.lines}
        for each in found
    ]


def _show(
    options: argparse.Namespace, git: _Git, to_commit: list[Change], drifted: list[Change] | list[str], argo: str
) -> None:
    say(options, f"{options.environment}: Git is at {git.commit[:12]}; {argo}")
    if git.mark:
        say(options, f"  {git.mark}, until `kkinfra resume {options.environment}`")
    say(options, "from Git to what is rendered:")
    _lines(options, to_commit)
    say(options, "from the cluster to Git:")
    _lines(options, [each for each in drifted if not isinstance(each, str)])
    for name in drifted:
        if isinstance(name, str):
            say(options, f"  ~ {name} (Argo CD says so; only who may change it can see in what)")


def _lines(options: argparse.Namespace, changes: list[Change]) -> None:
    for line in plan_lines(Plan(changes=tuple(changes)), sys.stdout, everything=True):
        say(options, line)
