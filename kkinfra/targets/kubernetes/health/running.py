"""What the pods of a workload run: since when, and which image by its digest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import items, number, part, selects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON
    from kkinfra.targets.protocol.status import PartStatus


def running(status: PartStatus, workload: JSON, pods: Iterable[JSON]) -> PartStatus:
    """The status of a workload, with what the pods run that it selects, since the oldest one's start."""
    own = [each for each in pods if selects(workload, each)]
    statuses = [each for pod in own for each in items(pod, "status", "containerStatuses")]
    started = sorted(str(part(pod, "status").get("startTime") or "") for pod in own)
    digests = {str(each.get("imageID", "")).rpartition("@")[2] for each in statuses} - {""}
    restarts = sum(number(each, "restartCount") for each in statuses)
    since = next((each for each in started if each), "")
    return replace(status, since=since, digests=tuple(sorted(digests)), restarts=restarts)
