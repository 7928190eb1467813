"""The verb `history` where Argo CD delivers: the commits that changed an environment."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say
from kkinfra.targets.gitops.deploy import delivery_of
from kkinfra.targets.gitops.git.history import entries
from kkinfra.targets.gitops.git.repository import cloned
from kkinfra.targets.gitops.git.rolled_back import mark_in

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment


def run(options: argparse.Namespace, environment: Environment) -> int:
    """The commits that changed the environment, newest first."""
    with cloned(delivery_of(environment), history=True) as checkout:
        found = entries(checkout)
        mark = mark_in(checkout.directory)
    told = [*map(str, found)] or [f"{environment.name}: nothing was committed yet"]
    if mark:
        told.insert(0, f"{environment.name} is {mark}, until `kkinfra resume {environment.name}`")
    emit_or_say(options, [asdict(each) for each in found], *told)
    return 0
