"""What Kubernetes does not honour, or only in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.renderer import Emulated, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.rendering.renderer import Fidelity

_PORTS = Refused("Traefik listens, on the ports of its own entry points; take it out")
_STORAGE = Emulated("an annotation of the volume: NFS enforces no size, and a claim of this kind cannot be resized")

FIDELITY: Mapping[str, Fidelity] = {
    "logs.*": Refused(
        "the kubelet rotates logs, by containerLogMaxSize and containerLogMaxFiles on the nodes; take it out"
    ),
    "nginx.http_port": _PORTS,
    "nginx.https_port": _PORTS,
    "nginx.identity_port": Refused(
        "a pod's checksum/config annotation tells which configuration it serves; take it out"
    ),
    "nginx.max_body": Emulated(
        "Traefik's buffering Middleware, which holds each request and response back to measure it"
    ),
    "nginx.rate": Emulated("Traefik's rateLimit Middleware, for each replica of Traefik"),
    "webapp.timeout": Emulated("Traefik's ServersTransport: the time until the response begins"),
    "job.before": Emulated(
        "Argo CD's sync waves, and the order of kustomization.yaml; plain apply does not wait for its end"
    ),
    "postgresql[statefulset].storage": _STORAGE,
    "redis.storage": _STORAGE,
    "postgresql[rds].instance_class": Emulated("an annotation of the Namespace: RDS is made outside the cluster"),
    "postgresql[rds].storage": Emulated("an annotation of the Namespace: RDS is made outside the cluster"),
    "postgresql[rds].backup_days": Emulated("an annotation of the Namespace: RDS is made outside the cluster"),
    "platform[kubernetes].nodes.control_plane.*": Emulated(
        "an annotation of the Namespace: workloads do not run there"
    ),
    "platform[kubernetes].nodes.workers.*": Emulated("a ResourceQuota and a LimitRange: nodes are made outside"),
    "delivery[ssh].*": Refused("SSH delivers to a host with Compose; write delivery by gitops or apply"),
    "tls[certbot].*": Refused("Certbot works on a host with Compose; write tls by traefik or secret"),
}
"""By field, as `kkinfra.rendering.fidelity` names them."""
