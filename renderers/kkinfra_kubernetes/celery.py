"""Celery: workers, and the one beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.probes import of_celery
from kkinfra_kubernetes.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import CeleryBeat, CeleryWorker
    from kkinfra_kubernetes.cluster import Cluster, File


def celery_files(cluster: Cluster, name: str, part: CeleryWorker | CeleryBeat) -> Iterator[File]:
    """All objects of a worker or of beat, of which two at a time would schedule everything twice."""
    yield from Workload(cluster, name, part, f"celery/{name}-", of_celery(name, part)).files()
