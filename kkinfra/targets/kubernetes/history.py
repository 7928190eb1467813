"""The verb `history` on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit, minute, say
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.plan import history

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.plan.history import KeptRelease


def run(options: argparse.Namespace, environment: Environment) -> int:
    """The releases that are kept, newest last."""
    with connect_cluster(options.context or "") as api:
        found = history.releases(api, environment.namespace)
    if options.format == "json":
        emit([each.facts() for each in found])
    elif not found:
        say(options, f"{environment.name}: nothing was deployed yet")
    else:
        last = history.last_served(found)
        for each in found:
            say(options, _entry(each, is_last=each is last))
    return 0


def _entry(release: KeptRelease, *, is_last: bool) -> str:
    at = minute(release.at)
    why = f": {release.why.splitlines()[0]}" if release.why else ""
    of = f" to {release.of}" if release.of else ""
    facts = " ".join(each for each in (release.image, release.revision, release.who, release.ci) if each)
    mark = "*" if is_last else " "
    return f"{mark} {release.number} {at} {release.result}{of} in {release.seconds} s  {facts}{why}"
