"""Redis, as cache and broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_kubernetes.config_map import checksum, config_map
from kkinfra_kubernetes.deployment import deployment
from kkinfra_kubernetes.network_policy import part_policy
from kkinfra_kubernetes.pod import Pod, empty
from kkinfra_kubernetes.pod_container import part_container, port
from kkinfra_kubernetes.probes import execute, three
from kkinfra_kubernetes.service import service
from kkinfra_kubernetes.volume import Volume, claimed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.spec.stack import Redis
    from kkinfra_kubernetes.cluster import Cluster, File, Object

_CONFIGURATION = """\
bind * -::*
port {port}
# No password: network policies let in only the parts that use it.
protected-mode no
dir /data
maxmemory {maxmemory}
maxmemory-policy {policy}
appendonly {appendonly}
appendfsync everysec
save ""
"""
_FILE_SHARE = 4  # times the memory for data: the file doubles before it is rewritten beside itself


def configuration(redis: Redis) -> str:
    """redis.conf (https://redis.io/docs/latest/operate/oss_and_stack/management/config/); maxmemory in bytes."""
    return _CONFIGURATION.format(
        port=int(redis.port),
        maxmemory=redis.maxmemory.bytes,
        policy=redis.policy,
        appendonly="yes" if redis.persistent else "no",
    )


def redis_files(cluster: Cluster, name: str, redis: Redis) -> Iterator[File]:
    """All objects of Redis; a claim only where it is persistent and `storage` says how much."""
    data = {"redis.conf": configuration(redis)}
    yield "redis/config-map.yaml", config_map(cluster, name, redis.kind, data)
    yield "redis/network-policy.yaml", part_policy(cluster, name, redis)
    storage = redis.storage if redis.persistent else None
    if storage:
        yield from Volume(cluster, name, redis.kind, redis.uid, storage.kubernetes).files("redis/")
    kept = claimed("data", name) if storage else empty("data", (redis.maxmemory * _FILE_SHARE).kubernetes)
    pod = _template(cluster, name, redis, kept, checksum(data))
    yield "redis/deployment.yaml", deployment(cluster, name, pod)
    yield "redis/service.yaml", service(cluster, name, redis.port, "redis")


def _template(cluster: Cluster, name: str, redis: Redis, kept: Object, config_checksum: str) -> Object:
    ping = ("sh", "-c", f"redis-cli -h 127.0.0.1 -p {int(redis.port)} ping | grep -q PONG")
    mounts: list[Object] = [
        {"name": "config", "mountPath": "/etc/redis", "readOnly": True},
        {"name": "data", "mountPath": "/data"},
    ]
    main = part_container(
        cluster,
        name,
        redis,
        mounts,
        command=["redis-server", "/etc/redis/redis.conf"],
        ports=port(redis.port, "redis"),
        **three(execute(ping, period=2, failures=150), execute(ping, failures=6), execute(ping, period=5)),
    )
    config = {"name": "config", "configMap": {"name": name, "defaultMode": 0o444}}
    return Pod(cluster, name, redis, [main], volumes=[config, kept], checksum=config_checksum).template()
