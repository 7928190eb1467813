"""What one host with Compose does not have, and what is done in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.rendering.renderer import Emulated, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kkinfra.rendering.renderer import Fidelity

_KUBERNETES_ONLY = Refused("it belongs to a cluster; write platform.kind: kubernetes, or take it out")
_ONE_HOST = "on one host there is one container of each part"

FIDELITY: Mapping[str, Fidelity] = {
    "platform[kubernetes].*": _KUBERNETES_ONLY,
    "tls[traefik].*": _KUBERNETES_ONLY,
    "tls[secret].*": _KUBERNETES_ONLY,
    "delivery[gitops].*": _KUBERNETES_ONLY,
    "postgresql[statefulset].*": Refused("the database does not run on the host; write on: rds"),
    "webapp.port": Refused("the webapp listens on Unix sockets here; write it in the environments with a cluster"),
    "webapp.replicas": Refused(f"{_ONE_HOST}; raise webapp.workers instead"),
    "webapp.autoscale*": Refused(f"{_ONE_HOST}; raise webapp.workers instead"),
    "celery-worker.replicas": Refused(f"{_ONE_HOST}; raise concurrency, or add another part with kind: celery-worker"),
    "celery-worker.autoscale*": Refused(
        f"{_ONE_HOST}; raise concurrency, or add another part with kind: celery-worker"
    ),
    "container.replicas": Refused(f"{_ONE_HOST}, and two would share one port; add another part with kind: container"),
    "flower.expose": Refused("Flower listens on loopback only; reach it with ssh -L PORT:127.0.0.1:PORT"),
    "redis.storage": Refused("a volume on the host has no size of its own; take it out, and watch the host's disk"),
    "webapp.health.live": Emulated("Docker has one health check: it asks `live`, then `ready`"),
    "cron.schedule": Emulated("a timer of systemd, with the same times, starts a one-off service"),
    "cron.deadline": Emulated("the command runs under `timeout`"),
    "job.deadline": Emulated("the command runs under `timeout`"),
    "migration.deadline": Emulated("the command runs under `timeout`"),
    "static-files.keep": Emulated("a one-off of each release prunes what was replaced longer ago"),
}
