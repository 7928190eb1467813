"""The verb `history` where Argo CD delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit, say
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
    if options.format == "json":
        emit([each.facts() for each in found])
        return 0
    if mark:
        say(options, f"{environment.name} is {mark}, until `kkinfra resume {environment.name}`")
    for each in found:
        say(options, str(each))
    if not found:
        say(options, f"{environment.name}: nothing was committed yet")
    return 0
