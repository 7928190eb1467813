"""Pods that Pod Security `restricted` admits, with the API server's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.spec.image_reference import ImageReference
from kkinfra.spec.stack import Service
from kkinfra_kubernetes.held_secret import PULL_SECRET
from kkinfra_kubernetes.pod_container import drain_seconds
from kkinfra_kubernetes.sealed_secret import sealed_checksum
from kkinfra_kubernetes.secret import secret_keys, secret_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra.spec.stack import Process
    from kkinfra_kubernetes.cluster import Cluster, Object

_TMP_SIZE = "256Mi"
_JOB_GRACE_SECONDS = 30


@dataclass(frozen=True)
class Pod:
    """The pods of the part called `name`, of which `process` has limits and user.

    `checksum` is that of what they read from ConfigMaps: a change of it is a rollout. `is_spread` says that there
    may be several.
    """

    cluster: Cluster
    name: str
    process: Process
    containers: list[Object]
    init: Sequence[Object] = ()
    volumes: Sequence[Object] = ()
    checksum: str = ""
    restart: str = "Always"
    is_spread: bool = False

    def template(self) -> Object:
        """The pod template."""
        kind: str = getattr(self.process, "kind", self.name)
        metadata: Object = {"labels": self.cluster.labels(self.name, kind)}
        secrets = sealed_checksum(self.cluster.environment, secret_keys(self.cluster, self.name, self.process))
        annotations = {"checksum/config": self.checksum, "checksum/secrets": secrets}
        if any(annotations.values()):
            metadata["annotations"] = {name: text for name, text in annotations.items() if text}
        return {"metadata": metadata, "spec": self._spec()}

    def _spec(self) -> Object:
        project, process = self.cluster.environment.project, self.process
        spec: Object = {"automountServiceAccountToken": False, "containers": self.containers}
        spec |= {"dnsPolicy": "ClusterFirst", "enableServiceLinks": False}
        if self._is_pulled_with_secret():
            spec["imagePullSecrets"] = [{"name": PULL_SECRET}]
        if self.init:
            spec["initContainers"] = list(self.init)
        if (named := self.cluster.platform.architecture) and len(named) == 1:
            spec["nodeSelector"] = {"kubernetes.io/arch": str(named)}
        spec |= {
            "restartPolicy": self.restart,
            "schedulerName": "default-scheduler",
            "securityContext": _security(process.uid),
            "serviceAccount": project,
            "serviceAccountName": project,
        }
        spec["terminationGracePeriodSeconds"] = self._grace_seconds()
        if self.is_spread:
            spec["topologySpreadConstraints"] = [self._spread()]
        spec["volumes"] = [empty("tmp", _TMP_SIZE), *self.volumes, *self._secrets()]
        return spec

    def _is_pulled_with_secret(self) -> bool:
        """Whether an image comes from the private registry that the product's image comes from."""
        environment = self.cluster.environment
        if environment.registry is None:
            return False
        images = (ImageReference.parse(each["image"]) for each in (*self.containers, *self.init))
        return any(image.registry == environment.image.registry for image in images)

    def _grace_seconds(self) -> int:
        if not isinstance(self.process, Service):
            return _JOB_GRACE_SECONDS
        pauses = any("lifecycle" in each for each in self.containers)
        return self.process.stop_grace.seconds + (drain_seconds(self.process) if pauses else 0)

    def _spread(self) -> Object:
        return {
            "labelSelector": {"matchLabels": self.cluster.selector(self.name)},
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
        }

    def _secrets(self) -> list[Object]:
        keys = secret_keys(self.cluster, self.name, self.process)
        return [secret_volume(self.cluster, keys)] if keys else []


def _security(uid: int) -> Object:
    return {
        "fsGroup": uid,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": uid,
        "runAsNonRoot": True,
        "runAsUser": uid,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def empty(name: str, limit: str) -> Object:
    """A volume that lives as long as the pod."""
    return {"name": name, "emptyDir": {"sizeLimit": limit}}
