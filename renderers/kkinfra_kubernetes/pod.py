"""Pods and containers that Pod Security `restricted` admits, with the API server's defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.stack import Process, Service
from kkinfra.wiring import SECRETS_DIRECTORY
from kkinfra_kubernetes.quantities import resources
from kkinfra_kubernetes.secret import secret_keys, secret_volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kkinfra_kubernetes.cluster import Cluster, Object

PULL_SECRET = "registry"  # noqa: S105 - the name of an object
DRAIN_SECONDS = 5
_SLEEP_ACTION_SINCE = (1, 30)
_TMP_SIZE = "256Mi"


def container(
    name: str, image: str, process: Process, *, mounts: Sequence[Object] = (), **said: Any
) -> Object:
    """A container with its limits and a writable /tmp; `said` are further keys, left out where empty."""
    found: Object = {"name": name, "image": image, "imagePullPolicy": "Always"}
    found |= {key: value for key, value in said.items() if value}
    return found | {
        "resources": resources(process),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": process.uid,
            "runAsGroup": process.uid,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, *mounts],  # noqa: S108 - a volume of the pod's own
    }


def template(
    cluster: Cluster,
    name: str,
    process: Process,
    containers: list[Object],
    *,
    init: Sequence[Object] = (),
    volumes: Sequence[Object] = (),
    checksum: str = "",
    restart: str = "Always",
    spread: bool = False,
    pull: bool = False,
) -> Object:
    """A pod template. `checksum` is that of what the pod reads from ConfigMaps: a change of it is a rollout."""
    metadata: Object = {"labels": cluster.labels(name, getattr(process, "kind", name))}
    if checksum:
        metadata["annotations"] = {"checksum/config": checksum}
    spec: Object = {"automountServiceAccountToken": False, "containers": containers}
    spec |= {"dnsPolicy": "ClusterFirst", "enableServiceLinks": False}
    if pull and cluster.environment.registry:
        spec["imagePullSecrets"] = [{"name": PULL_SECRET}]
    if init:
        spec["initContainers"] = list(init)
    spec |= {
        "restartPolicy": restart,
        "schedulerName": "default-scheduler",
        "securityContext": _security(process),
        "serviceAccount": cluster.environment.project,
        "serviceAccountName": cluster.environment.project,
        "terminationGracePeriodSeconds": process.stop_grace.seconds if isinstance(process, Service) else 30,
    }
    if spread:
        spec["topologySpreadConstraints"] = [_spread(cluster, name)]
    spec["volumes"] = [empty("tmp", _TMP_SIZE), *volumes, *_secrets(cluster, name, process)]
    return {"metadata": metadata, "spec": spec}


def _security(process: Process) -> Object:
    return {
        "fsGroup": process.uid,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": process.uid,
        "runAsNonRoot": True,
        "runAsUser": process.uid,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _spread(cluster: Cluster, name: str) -> Object:
    return {
        "labelSelector": {"matchLabels": cluster.selector(name)},
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
    }


def _secrets(cluster: Cluster, name: str, process: Process) -> list[Object]:
    keys = secret_keys(cluster, name, process)
    return [secret_volume(cluster, keys)] if keys else []


def secret_mounts(cluster: Cluster, name: str, process: Process) -> list[Object]:
    """Where a part reads its secrets, one file each; nothing where it reads none."""
    if not secret_keys(cluster, name, process):
        return []
    return [{"name": "secrets", "mountPath": SECRETS_DIRECTORY, "readOnly": True}]


def empty(name: str, limit: str) -> Object:
    """A volume that lives as long as the pod."""
    return {"name": name, "emptyDir": {"sizeLimit": limit}}


def drain(cluster: Cluster, service: Service) -> Object:
    """A pause before the stop, in which proxies learn that the pod is leaving.

    The sleep action is on by default since Kubernetes 1.30 (feature gate PodLifecycleSleepAction).
    """
    seconds = min(DRAIN_SECONDS, service.stop_grace.seconds - 1)
    if seconds < 1:
        return {}
    if cluster.platform.version.numbers >= _SLEEP_ACTION_SINCE:
        return {"preStop": {"sleep": {"seconds": seconds}}}
    return {"preStop": {"exec": {"command": ["sleep", str(seconds)]}}}


def port(number: int, name: str = "http") -> list[Object]:
    """The one port of a container."""
    return [{"containerPort": int(number), "name": name, "protocol": "TCP"}]
