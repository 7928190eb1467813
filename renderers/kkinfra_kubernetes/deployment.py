"""Deployments, and what follows from the number of their replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.secret_delivery import ExternalSecrets
from kkinfra.spec.stack import CeleryBeat, CeleryWorker, Container, Flower, Redis, Webapp
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import WORKLOADS, annotation, wave_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Autoscale
    from kkinfra_kubernetes.cluster import Cluster, File, Object

_EVICTION_POLICY_SINCE = (1, 27)
PROGRESS_SECONDS = 600
_RELOADER = "secret.reloader.stakater.com/reload"
"""Where Stakater's Reloader runs, it restarts what names a Secret here when that changes.

https://github.com/stakater/Reloader/blob/master/docs/How-it-works.md
"""


def deployment(cluster: Cluster, name: str, template: Object, waits: int = 0) -> Object:
    """A Deployment; `waits` are the seconds that its pods may wait before they start."""
    part = cluster.environment.stack[name]
    strategy: Object = {"type": "Recreate"}
    if not is_recreated(part):
        strategy = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}, "type": "RollingUpdate"}
    spec: Object = {"progressDeadlineSeconds": PROGRESS_SECONDS + waits}
    replicas = replicas_of(part)
    if replicas is not None:
        spec["replicas"] = replicas
    spec |= {
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": cluster.selector(name)},
        "strategy": strategy,
        "template": template,
    }
    annotations = annotation(wave_of(cluster.environment, name))
    if isinstance(part, Webapp) and part.django:
        annotations["kkinfra/django"] = part.django
    if isinstance(cluster.environment.secret_delivery, ExternalSecrets) and cluster.environment.secrets_of(name):
        annotations[_RELOADER] = cluster.environment.project
    metadata = cluster.metadata(name, part.kind, annotations=annotations)
    return manifest("apps/v1", "Deployment", metadata, spec=spec)


def is_recreated(part: object) -> bool:
    """Whether two at a time would do harm: two schedules, two writers of one volume."""
    return isinstance(part, CeleryBeat | Flower | Redis)


def replicas_of(part: object) -> int | None:
    """The fixed number of replicas, or None where they are scaled by load."""
    if isinstance(part, Webapp | CeleryWorker) and part.autoscale:
        return None
    return part.replicas if isinstance(part, Webapp | CeleryWorker | Container) else 1


def is_spread(part: object) -> bool:
    """Whether there may be more than one replica at a time."""
    scale = part.autoscale if isinstance(part, Webapp | CeleryWorker) else None
    return (scale.max if scale else replicas_of(part) or 1) > 1


def scaling_files(cluster: Cluster, name: str, part: object, prefix: str) -> Iterator[File]:
    """The autoscaler, and a disruption budget where one replica can be missed."""
    scale = part.autoscale if isinstance(part, Webapp | CeleryWorker) else None
    if scale:
        yield f"{prefix}horizontal-pod-autoscaler.yaml", _autoscaler(cluster, name, scale)
    if (scale.min if scale else replicas_of(part) or 1) > 1:
        yield f"{prefix}pod-disruption-budget.yaml", _budget(cluster, name)


def _autoscaler(cluster: Cluster, name: str, scale: Autoscale) -> Object:
    target = {"type": "Utilization", "averageUtilization": scale.cpu_percent}
    spec = {
        "maxReplicas": scale.max,
        "metrics": [{"resource": {"name": "cpu", "target": target}, "type": "Resource"}],
        "minReplicas": scale.min,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
    }
    return manifest("autoscaling/v2", "HorizontalPodAutoscaler", _metadata(cluster, name), spec=spec)


def _budget(cluster: Cluster, name: str) -> Object:
    """One pod may be missed; one that is not ready anyway never keeps a node from being drained."""
    spec: Object = {"maxUnavailable": 1, "selector": {"matchLabels": cluster.selector(name)}}
    if cluster.platform.version.numbers >= _EVICTION_POLICY_SINCE:
        spec["unhealthyPodEvictionPolicy"] = "AlwaysAllow"
    return manifest("policy/v1", "PodDisruptionBudget", _metadata(cluster, name), spec=spec)


def _metadata(cluster: Cluster, name: str) -> Object:
    return cluster.metadata(name, cluster.environment.stack[name].kind, annotations=annotation(WORKLOADS))
