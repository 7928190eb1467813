"""The order in which objects are applied: by Argo CD's sync wave first, by what needs what within a wave.

Waves, and that an object without one is in wave 0: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.objects import annotations_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.targets.kubernetes.client.objects import JSON

WAVE = "argocd.argoproj.io/sync-wave"

_PHASES = (
    {"Namespace"},
    {"CustomResourceDefinition"},
    set[str](),  # whatever else there is: accounts, quotas, policies, secrets, configuration, volumes, middlewares
    {"PersistentVolumeClaim", "RoleBinding", "ClusterRoleBinding"},
    {"Service", "StatefulSet", "Deployment", "DaemonSet", "ReplicaSet", "Pod", "Job", "CronJob"},
    {"Ingress", "IngressRoute", "HorizontalPodAutoscaler", "PodDisruptionBudget"},
)
_OTHERS = _PHASES.index(set())
_PHASE = {kind: number for number, kinds in enumerate(_PHASES) for kind in kinds}


def ranks(objects: Iterable[JSON]) -> list[list[JSON]]:
    """Objects in the order they are applied in: those of one rank need nothing of each other.

    Within a rank they keep the order they came in.
    """
    return [list(rank) for _, rank in groupby(sorted(objects, key=_rank), _rank)]


def wave(obj: JSON) -> int:
    """The sync wave of an object; 0 where it has none, or one that is no number, as Argo CD takes it."""
    try:
        return int(annotations_of(obj).get(WAVE, 0))
    except (TypeError, ValueError):
        return 0


def _rank(obj: JSON) -> tuple[int, int]:
    return wave(obj), _PHASE.get(str(obj.get("kind")), _OTHERS)
