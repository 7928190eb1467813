"""Volumes on NFS: a PersistentVolume that is retained, and the claim that it is reserved for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra_kubernetes.cluster import manifest
from kkinfra_kubernetes.waves import CONFIG, PROTECTED, annotation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra_kubernetes.cluster import Cluster, File, Object

_SIZE = "1Gi"
"""What every claim requests: NFS enforces no size, and a claim of a static volume cannot be resized."""
ONE_NODE, MANY_NODES = "ReadWriteOnce", "ReadWriteMany"

_NEEDS = (
    "{server}:{path} must be there before this is applied, belong to uid and gid {uid} (mode 0750 or stricter, or 0755"
    " where others read it), and be exported to the workers with rw,sync,root_squash; nothing here needs to be root"
    " or to change owners. It is mounted hard: soft would lose writes."
)


@dataclass(frozen=True)
class Volume:
    """A directory below the export, for the part called `name`; `uid` owns it.

    `planned` is the quantity that it is meant to hold, and empty where nobody says.
    """

    cluster: Cluster
    name: str
    kind: str
    uid: int
    planned: str = ""
    mode: str = ONE_NODE

    def files(self, prefix: str) -> Iterator[File]:
        """The volume and its claim; `prefix` starts both paths."""
        yield f"{prefix}persistent-volume.yaml", self._volume()
        yield f"{prefix}persistent-volume-claim.yaml", self._claim()

    @property
    def _volume_name(self) -> str:
        return f"{self.cluster.namespace}-{self.name}"

    def _volume(self) -> Object:
        """Mount options are those of nfs(5).

        PostgreSQL wants `hard`: https://www.postgresql.org/docs/current/creating-cluster.html.
        """
        nfs = self.cluster.platform.storage
        path = f"{nfs.path}/{self.cluster.environment.name}/{self.name}"
        needs = _NEEDS.format(server=nfs.server, path=path, uid=self.uid)
        annotations = {**annotation(CONFIG), **PROTECTED, "kkinfra/needs": needs}
        if self.planned:
            annotations["kkinfra/storage"] = self.planned
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": self.name}
        spec = {
            "accessModes": [self.mode],
            "capacity": {"storage": _SIZE},
            "claimRef": {**claim, "namespace": self.cluster.namespace},
            "mountOptions": [f"nfsvers={nfs.version}", "hard", "noatime", "timeo=600", "retrans=2"],
            "nfs": {"path": path, "server": str(nfs.server)},
            "persistentVolumeReclaimPolicy": "Retain",
            "volumeMode": "Filesystem",
        }
        metadata = self.cluster.metadata(
            self._volume_name, self.kind, part=self.name, namespace="", annotations=annotations
        )
        return manifest("v1", "PersistentVolume", metadata, spec=spec)

    def _claim(self) -> Object:
        spec = {
            "accessModes": [self.mode],
            "resources": {"requests": {"storage": _SIZE}},
            "storageClassName": "",
            "volumeMode": "Filesystem",
            "volumeName": self._volume_name,
        }
        metadata = self.cluster.metadata(self.name, self.kind, annotations={**annotation(CONFIG), **PROTECTED})
        return manifest("v1", "PersistentVolumeClaim", metadata, spec=spec)


def claimed(volume: str, claim: str) -> Object:
    """A pod's volume that is a claim."""
    return {"name": volume, "persistentVolumeClaim": {"claimName": claim}}
