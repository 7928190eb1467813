"""A digest of what is done to a cluster, by which two plans are told apart."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import reference

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.kubernetes.plan.history import KeptRelease
    from kkinfra.targets.kubernetes.plan.planning import ClusterPlan


def fingerprint(plan: ClusterPlan, serving: KeptRelease | None, objects: Iterable[JSON]) -> str:
    """What is done to which object, what is applied, and after which release; of Secrets only that they change.

    A namespace is left out, as it is made before the lock that is in it.
    """
    changed = {name for name in plan.changed if name.kind != "Namespace"}
    deeds = sorted(f"{action} {name}" for name, action in plan.deeds)
    applied = [each for each in objects if reference(each) in changed]
    told = json.dumps([deeds, serving.number if serving else 0, applied], sort_keys=True, default=str)
    return hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()
