"""One container of a pod: its image, limits and rights, and how it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.spec.wiring import SECRETS_DIRECTORY
from kkinfra_kubernetes.secret import secret_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kkinfra.spec.stack import Process, Service
    from kkinfra_kubernetes.cluster import Cluster, Object

_DRAIN_SECONDS = 5
_SLEEP_ACTION_SINCE = (1, 30)


def container(name: str, image: str, process: Process, *, mounts: Sequence[Object] = (), **said: Any) -> Object:
    """A container with its limits and a writable /tmp; `said` are further keys, left out where empty."""
    found: Object = {"name": name, "image": image, "imagePullPolicy": "Always"}
    found |= {key: value for key, value in said.items() if value}
    return found | {
        "resources": _resources(process),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsGroup": process.uid,
            "runAsNonRoot": True,
            "runAsUser": process.uid,
        },
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}, *mounts],  # noqa: S108 - a volume of the pod's own
    }


def _resources(process: Process) -> dict[str, dict[str, str]]:
    """Requests and limits: memory is guaranteed as a whole, processors may burst."""
    memory = process.memory.kubernetes
    return {
        "limits": {"cpu": process.cpu_limit.kubernetes, "memory": memory},
        "requests": {"cpu": process.cpu.kubernetes, "memory": memory},
    }


def part_container(cluster: Cluster, name: str, part: Process, mounts: Sequence[Object], **said: Any) -> Object:
    """The container that a part itself runs in: its own image, with the secrets that it reads."""
    image = str(cluster.environment.image_of(part))
    return container(name, image, part, mounts=[*mounts, *secret_mounts(cluster, name, part)], **said)


def literal(argv: Iterable[str] | None) -> list[str]:
    """An argv that Kubernetes leaves alone: it would replace `$(NAME)`, and `$$` by `$`.

    https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
    """
    return [word.replace("$", "$$") for word in argv or ()]


def secret_mounts(cluster: Cluster, name: str, process: Process) -> list[Object]:
    """Where a part reads its secrets, one file each; nothing where it reads none."""
    if not secret_keys(cluster, name, process):
        return []
    return [{"name": "secrets", "mountPath": SECRETS_DIRECTORY, "readOnly": True}]


def drain_seconds(service: Service) -> int:
    """How long that pause is; 0 where who must stop at once has none."""
    return min(_DRAIN_SECONDS, service.stop_grace.seconds - 1)


def drain(cluster: Cluster, service: Service) -> Object:
    """A pause before the stop, in which proxies learn that the pod is leaving.

    Its seconds count in the pod's grace period, to which they are added.
    The sleep action is on by default since Kubernetes 1.30 (feature gate PodLifecycleSleepAction).
    """
    seconds = drain_seconds(service)
    if seconds < 1:
        return {}
    if cluster.platform.version.numbers >= _SLEEP_ACTION_SINCE:
        return {"preStop": {"sleep": {"seconds": seconds}}}
    return {"preStop": {"exec": {"command": ["sleep", str(seconds)]}}}


def port(number: int, name: str = "http") -> list[Object]:
    """The one port of a container."""
    return [{"containerPort": int(number), "name": name, "protocol": "TCP"}]
