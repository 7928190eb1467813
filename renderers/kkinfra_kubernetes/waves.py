"""In which order objects come: Argo CD's sync waves, and the order in kustomization.yaml.

Waves and hooks: https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/. Gaps between the
numbers leave room for jobs that run before others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Job, Migration, PostgresqlStatefulSet, Redis

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment

WAVE = "argocd.argoproj.io/sync-wave"
CONFIG, STORES, MIGRATION, WORKLOADS, INGRESS = -100, -90, -50, 0, 10

PROTECTED = {"argocd.argoproj.io/sync-options": "Prune=false,Delete=false"}
"""Never pruned, and not deleted with the Application."""


def annotation(wave: int) -> dict[str, str]:
    """The annotation that puts an object into a wave."""
    return {WAVE: str(wave)}


def wave_of(environment: Environment, name: str) -> int:
    """The wave of the part called `name`; a job comes before everything that its `before` names."""
    part = environment.stack[name]
    if isinstance(part, PostgresqlStatefulSet | Redis):
        return STORES
    if isinstance(part, Migration):
        return MIGRATION
    if isinstance(part, Job):
        return min((wave_of(environment, later) for later in part.before), default=WORKLOADS + 1) - 1
    return WORKLOADS
