"""What is made for a moment to try out a cluster: a volume on NFS, pods on each node that mount it, one that is pulled.

They are as the product's own pods are: Pod Security `restricted` admits them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.targets.kubernetes.client.events import events_of, latest
from kkinfra.targets.kubernetes.client.objects import items, part
from kkinfra.targets.kubernetes.health.pod_failures import causes
from kkinfra.targets.kubernetes.plan.secret_values import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kkinfra.spec.environment import Environment
    from kkinfra.spec.platforms import Nfs
    from kkinfra.targets.kubernetes.client.objects import JSON

LABEL = "kkinfra/trial"
NAME = "kkinfra-trial"
_UID = 10001
_MODE, _SIZE = "ReadOnlyMany", "1Mi"
_STARTING = ("", "ContainerCreating", "PodInitializing")
_UNPULLED = ("ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "RegistryUnavailable")


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried out for an environment."""

    environment: Environment
    storage: Nfs

    @property
    def volume_name(self) -> str:
        """That of the PersistentVolume, which is in no namespace."""
        return f"{self.environment.namespace}-{NAME}"

    def volume(self) -> JSON:
        """The export itself, read-only."""
        claim = {"kind": "PersistentVolumeClaim", "namespace": self.environment.namespace, "name": NAME}
        spec = {
            "accessModes": [_MODE], "capacity": {"storage": _SIZE}, "claimRef": {"apiVersion": "v1", **claim},
            "mountOptions": [f"nfsvers={self.storage.version}", "ro", "soft", "timeo=50", "retrans=1", "retry=0"],
            "nfs": {"server": str(self.storage.server), "path": str(self.storage.path), "readOnly": True},
            "persistentVolumeReclaimPolicy": "Retain",
        }  # fmt: skip
        metadata = {"name": self.volume_name, "labels": {LABEL: self.environment.namespace}}
        return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": metadata, "spec": spec}

    def claim(self) -> JSON:
        """Of that very volume."""
        spec = {
            "accessModes": [_MODE], "resources": {"requests": {"storage": _SIZE}}, "storageClassName": "",
            "volumeName": self.volume_name,
        }  # fmt: skip
        return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": self._metadata(NAME), "spec": spec}

    def mounting_pod(self, number: int, node: str) -> JSON:
        """On that node, and nowhere else; whether its image can be pulled does not matter, as it is mounted before."""
        there = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [there]}}
        pod = self._pod(f"{NAME}-mount-{number}", "IfNotPresent")
        pod["spec"]["affinity"] = {"nodeAffinity": required}
        pod["spec"]["volumes"] = [{"name": "export", "persistentVolumeClaim": {"claimName": NAME, "readOnly": True}}]
        pod["spec"]["containers"][0]["volumeMounts"] = [{"name": "export", "mountPath": "/export", "readOnly": True}]
        return pod

    def pulling_pod(self) -> JSON:
        """Wherever there is room, pulled anew."""
        return self._pod(f"{NAME}-pull", "Always")

    def _metadata(self, name: str) -> JSON:
        return {
            "name": name, "namespace": self.environment.namespace, "labels": {LABEL: self.environment.namespace},
        }  # fmt: skip

    def _pod(self, name: str, policy: str) -> JSON:
        security = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        resources = {"cpu": "10m", "memory": "32Mi"}
        container = {
            "name": "trial", "image": str(self.environment.image), "imagePullPolicy": policy, "command": ["true"],
            "resources": {"requests": resources, "limits": resources}, "securityContext": security,
        }  # fmt: skip
        spec: JSON = {
            "containers": [container], "restartPolicy": "Never", "automountServiceAccountToken": False,
            "enableServiceLinks": False, "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True, "runAsUser": _UID, "runAsGroup": _UID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
        }  # fmt: skip
        if self.environment.registry:
            spec["imagePullSecrets"] = [{"name": REGISTRY}]
        return {"apiVersion": "v1", "kind": "Pod", "metadata": self._metadata(name), "spec": spec}


def outcome(pod: JSON, events: Iterable[JSON]) -> str | None:
    """The problem of a pod, empty where it mounts what it should, or else was pulled; None while that is open."""
    mounts = any("persistentVolumeClaim" in each for each in items(pod, "spec", "volumes"))
    statuses = items(pod, "status", "containerStatuses")
    state = part(statuses[0], "state") if statuses else {}
    reason = str(part(state, "waiting").get("reason", ""))
    if reason in _UNPULLED and not mounts:
        return why(pod, events)
    if reason not in _STARTING or "running" in state or "terminated" in state:
        return ""
    if mounts and latest(events_of(events, pod), "FailedMount"):
        return why(pod, events)
    return None


def why(pod: JSON, events: Iterable[JSON]) -> str:
    """Why a pod is not as far as it should be."""
    return "; ".join(each.text for each in causes(pod, list(events)))


def takes_pods(node: JSON) -> bool:
    """Whether pods without tolerations come to a node: https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/."""
    taints = {each.get("effect") for each in items(node, "spec", "taints")}
    return not part(node, "spec").get("unschedulable") and not taints & {"NoSchedule", "NoExecute"}
