"""The namespace and what holds for everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.spec.stack import PostgresqlRds
from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.network_policy import namespace_policy_files
from kkinfra_kubernetes.waves import CONFIG, PROTECTED, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.platforms import NodePool
    from kkinfra_kubernetes.cluster import Cluster, File, Object

_PODS_PER_NODE = 110  # https://kubernetes.io/docs/setup/best-practices/cluster-large/


def namespace_files(cluster: Cluster) -> Iterator[File]:
    """Namespace, account, limits and the policies that deny."""
    yield "namespace/namespace.yaml", _namespace(cluster)
    yield "namespace/service-account.yaml", _account(cluster)
    yield "namespace/resource-quota.yaml", _quota(cluster)
    yield "namespace/limit-range.yaml", _limits(cluster)
    yield from namespace_policy_files(cluster)


def _namespace(cluster: Cluster) -> Object:
    """Pod Security: https://kubernetes.io/docs/concepts/security/pod-security-standards/."""
    environment, nodes = cluster.environment, cluster.platform.nodes
    major, minor = (*cluster.platform.version.numbers, 0)[:2]
    annotations = {**annotation(CONFIG), **PROTECTED}
    annotations["kkinfra/nodes"] = f"{_pool(nodes.control_plane, 'control plane')}, {_pool(nodes.workers, 'worker')}"
    for name, database in environment.parts(PostgresqlRds):
        standby = " with a standby" if database.multi_az else ""
        annotations["kkinfra/database"] = (
            f"{name}: PostgreSQL {database.version} on RDS, {database.instance_class}{standby}, {database.storage},"
            f" backups kept for {database.backup_days} days, {database.endpoint}:{int(database.port)}"
        )
    annotations["kkinfra/purpose"] = environment.purpose
    metadata = cluster.metadata(
        cluster.namespace, "namespace", part=environment.project, namespace="", annotations=annotations
    )
    for mode in ("audit", "enforce", "warn"):
        metadata["labels"][f"pod-security.kubernetes.io/{mode}"] = "restricted"
        metadata["labels"][f"pod-security.kubernetes.io/{mode}-version"] = f"v{major}.{minor}"
    return manifest("v1", "Namespace", metadata)


def _pool(pool: NodePool, role: str) -> str:
    each = "each " if pool.count > 1 else ""
    plural = "s" if pool.count > 1 else ""
    return f"{pool.count} {role}{plural} ({each}{pool.cpu} CPU, {pool.memory})"


def _account(cluster: Cluster) -> Object:
    """Nothing here talks to the API server, so no pod gets a token."""
    return {
        "apiVersion": "v1",
        "automountServiceAccountToken": False,
        "kind": "ServiceAccount",
        "metadata": _metadata(cluster),
    }


def _quota(cluster: Cluster) -> Object:
    """Never more than the workers have together."""
    workers = cluster.platform.nodes.workers
    hard = {
        "limits.memory": (workers.memory * workers.count).kubernetes,
        "pods": str(workers.count * _PODS_PER_NODE),
        "requests.cpu": (workers.cpu * workers.count).kubernetes,
        "requests.memory": (workers.memory * workers.count).kubernetes,
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return manifest("v1", "ResourceQuota", _metadata(cluster), spec={"hard": hard})


def _limits(cluster: Cluster) -> Object:
    """No pod has more memory than a worker, on which it could never start."""
    workers = cluster.platform.nodes.workers
    limit = {"max": {"memory": workers.memory.kubernetes}, "type": "Pod"}
    return manifest("v1", "LimitRange", _metadata(cluster), spec={"limits": [limit]})


def _metadata(cluster: Cluster) -> Object:
    return cluster.metadata(cluster.environment.project, "namespace", annotations=annotation(CONFIG))
