"""Volumes on NFS: a PersistentVolume that is retained, and the claim that it is reserved for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.waves import CONFIG, PROTECTED, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

ONE_NODE, MANY_NODES = "ReadWriteOnce", "ReadWriteMany"

_NEEDS = (
    "{server}:{path} must be there before this is applied, belong to uid and gid {uid} (mode 0750 or stricter, or 0755"
    " where others read it), and be exported to the workers with rw,sync,root_squash; nothing here needs to be root"
    " or to change owners. It is mounted hard: soft would lose writes."
)


def volume_files(cluster: Cluster, name: str, kind: str, uid: int, size: str, mode: str, prefix: str) -> Iterator[File]:
    """A volume and its claim for the part called `name`; `prefix` starts both paths."""
    yield f"{prefix}persistent-volume.yaml", _volume(cluster, name, kind, uid, size, mode)
    yield f"{prefix}persistent-volume-claim.yaml", _claim(cluster, name, kind, size, mode)


def _volume_name(cluster: Cluster, name: str) -> str:
    return f"{cluster.namespace}-{name}"


def _volume(cluster: Cluster, name: str, kind: str, uid: int, size: str, mode: str) -> Object:
    """Mount options: nfs(5); PostgreSQL asks for `hard` (https://www.postgresql.org/docs/current/creating-cluster.html)."""
    nfs = cluster.platform.storage
    path = f"{nfs.path}/{cluster.environment.name}/{name}"
    needs = _NEEDS.format(server=nfs.server, path=path, uid=uid)
    annotations = {**annotation(CONFIG), **PROTECTED, "kkinfra/needs": needs}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": cluster.cluster_metadata(_volume_name(cluster, name), kind, part=name, annotations=annotations),
        "spec": {
            "accessModes": [mode],
            "capacity": {"storage": size},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "name": name,
                "namespace": cluster.namespace,
            },
            "mountOptions": [f"nfsvers={nfs.version}", "hard", "noatime", "timeo=600", "retrans=2"],
            "nfs": {"path": path, "server": str(nfs.server)},
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
        },
    }


def _claim(cluster: Cluster, name: str, kind: str, size: str, mode: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": cluster.metadata(name, kind, annotations={**annotation(CONFIG), **PROTECTED}),
        "spec": {
            "accessModes": [mode],
            "resources": {"requests": {"storage": size}},
            "storageClassName": "",
            "volumeMode": "Filesystem",
            "volumeName": _volume_name(cluster, name),
        },
    }


def claimed(volume: str, claim: str) -> Object:
    """A pod's volume that is a claim."""
    return {"name": volume, "persistentVolumeClaim": {"claimName": claim}}
