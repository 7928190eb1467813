"""The verb `lock` on a cluster; the lock itself is taken by `apply/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit, say
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.client.api import connect_cluster

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Who holds the lock; or take it away."""
    with connect_cluster(options.context or "") as api:
        held = lock.look(api, environment.namespace)
        if options.action == "release" and held:
            lock.take_away(api, environment.namespace)
            say(options, f"released; it was held by {held}")
            return 0
    if options.format == "json":
        emit({"held": held is not None, "holder": str(held) if held else ""})
    else:
        say(options, f"{environment.name} is locked by {held}" if held else f"{environment.name} is free")
    return 0
