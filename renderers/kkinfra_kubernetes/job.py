"""Commands that end: the migration, jobs, and crons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import Cron, Job, Migration
from kkinfra.spec.wiring import command
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.config_map import Variables, checksum
from kkinfra_kubernetes.migration import wait_for_database, wait_for_migration, waited_seconds
from kkinfra_kubernetes.network_policy import part_policy
from kkinfra_kubernetes.pod import Pod
from kkinfra_kubernetes.pod_container import literal, part_container
from kkinfra_kubernetes.waves import annotation, wave_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

_POD_REPLACEMENT_SINCE = (1, 29)
_WEEK = 604800  # seconds; long enough for Argo CD to see the end, and for people to read the log
_RETRIES = 3
_HOOK = {"argocd.argoproj.io/hook": "Sync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation"}


def job_files(cluster: Cluster, name: str, part: Migration | Job | Cron, prefix: str) -> Iterator[File]:
    """The Job or CronJob of a part, its variables and its network policy."""
    variables = Variables(cluster, name)
    yield from variables.files(prefix)
    yield f"{prefix}network-policy.yaml", part_policy(cluster, name, part)
    pod = _template(cluster, name, part, variables)
    if isinstance(part, Cron):
        yield f"{prefix}cron-job.yaml", _cron_job(cluster, name, part, pod)
    else:
        yield f"{prefix}job.yaml", _job(cluster, name, part, pod)


def _template(cluster: Cluster, name: str, part: Migration | Job | Cron, variables: Variables) -> Object:
    init = wait_for_migration(cluster, name, part, variables)
    if isinstance(part, Migration):
        init += wait_for_database(part, variables)
    argv = literal(command(cluster.environment, name))
    main = part_container(cluster, name, part, [], command=argv, envFrom=variables.env_from())
    return Pod(cluster, name, part, [main], init=init, checksum=variables.checksum(), restart="Never").template()


def _job(cluster: Cluster, name: str, part: Migration | Job, pod: Object) -> Object:
    """A Job cannot be changed, so its name carries a hash of its pod: each release has its own.

    Argo CD runs it as a Sync hook: the hash stays when Image Updater changes the tag, so the hook of
    before is deleted first. Plain apply runs a new one when anything in it has changed.
    """
    environment = cluster.environment
    annotations = {**_HOOK, **annotation(wave_of(environment, name))}
    if isinstance(part, Job) and part.before:
        annotations["kkinfra/before"] = ", ".join(part.before)
    spec: Object = {
        "activeDeadlineSeconds": part.deadline.seconds + waited_seconds(cluster, pod),
        "backoffLimit": _RETRIES,
        "completionMode": "NonIndexed",
        "completions": 1,
        "parallelism": 1,
    }
    if cluster.platform.version.numbers >= _POD_REPLACEMENT_SINCE:
        spec["podReplacementPolicy"] = "TerminatingOrFailed"
    spec |= {"suspend": False, "template": pod, "ttlSecondsAfterFinished": _WEEK}
    metadata = cluster.metadata(f"{name}-{checksum(pod)[:10]}", part.kind, part=name, annotations=annotations)
    return manifest("batch/v1", "Job", metadata, spec=spec)


def _cron_job(cluster: Cluster, name: str, part: Cron, pod: Object) -> Object:
    job = {
        "activeDeadlineSeconds": part.deadline.seconds + waited_seconds(cluster, pod),
        "backoffLimit": 0,
        "template": pod,
    }
    spec = {
        "concurrencyPolicy": "Forbid",
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"spec": job},
        "schedule": str(part.schedule),
        "startingDeadlineSeconds": 300,
        "successfulJobsHistoryLimit": 3,
        "suspend": False,
        "timeZone": "Etc/UTC",
    }
    metadata = cluster.metadata(name, part.kind, annotations=annotation(wave_of(cluster.environment, name)))
    return manifest("batch/v1", "CronJob", metadata, spec=spec)
