"""What the pods of a workload run: since when, and which image by its digest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import items, number, part, selects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON

_SHOWN = 19
_MINUTES = 16


@dataclass(frozen=True, slots=True)
class Running:
    """`since` is the oldest pod's start (RFC 3339), `digests` are those of the images of its pods."""

    since: str = ""
    digests: tuple[str, ...] = ()
    restarts: int = 0

    def __str__(self) -> str:
        """In a few words; nothing where no pod runs."""
        told = [f"since {self.since[:_MINUTES]}"] if self.since else []
        told += [each[:_SHOWN] for each in self.digests]
        told += [f"started again {self.restarts} times"] if self.restarts else []
        return ", ".join(told)


def running(workload: JSON, pods: Iterable[JSON]) -> Running:
    """What the pods run that a workload selects."""
    own = [each for each in pods if selects(workload, each)]
    statuses = [each for pod in own for each in items(pod, "status", "containerStatuses")]
    started = sorted(str(part(pod, "status").get("startTime") or "") for pod in own)
    digests = {str(each.get("imageID", "")).rpartition("@")[2] for each in statuses} - {""}
    restarts = sum(number(each, "restartCount") for each in statuses)
    return Running(next((each for each in started if each), ""), tuple(sorted(digests)), restarts)
