"""The verb `history` on a cluster: the releases that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say
from kkinfra.targets.kubernetes.client.api import connect_cluster
from kkinfra.targets.kubernetes.plan import history
from kkinfra.values.moment import minute

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.plan.history import KeptRelease


def run(options: argparse.Namespace, environment: Environment) -> int:
    """The releases that are kept, newest last."""
    with connect_cluster(options.context) as api:
        found = history.releases(api, environment.namespace)
    last = history.last_served(found)
    told = [_entry(each, is_last=each is last) for each in found] or [f"{environment.name}: nothing was deployed yet"]
    emit_or_say(options, [each.facts() for each in found], *told)
    return 0


def _entry(release: KeptRelease, *, is_last: bool) -> str:
    at = minute(release.at)
    why = f": {release.why.splitlines()[0]}" if release.why else ""
    of = f" to {release.of}" if release.of else ""
    facts = " ".join(each for each in (release.image, release.revision, release.who, release.ci) if each)
    mark = "*" if is_last else " "
    return f"{mark} {release.number} {at} {release.result}{of} in {release.seconds} s  {facts}{why}"
