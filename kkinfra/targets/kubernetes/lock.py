"""The verb `lock` on a cluster: who holds it; the lock itself is taken by `apply/lock.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.console.output import emit_or_say
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.client.api import connect_cluster

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment


def run(options: argparse.Namespace, environment: Environment) -> int:
    """Who holds the lock; or take it away."""
    with connect_cluster(options.context) as api:
        held = lock.look(api, environment.namespace)
        if options.action == "release" and held:
            lock.take_away(api, environment.namespace)
            emit_or_say(options, {"released": True, "holder": str(held)}, f"released; it was held by {held}")
            return 0
    told = f"is locked by {held}" if held else "is free"
    emit_or_say(options, {"held": held is not None, "holder": str(held or "")}, f"{environment.name} {told}")
    return 0
