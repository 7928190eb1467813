"""Redis, on loopback, with its configuration as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra_compose import health
from kkinfra_compose.mounts import DATA_DIRECTORY, data_volume, file, volume
from kkinfra_compose.part import part_service
from kkinfra_compose.service import Service, labelled

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.stack import Redis

CONFIGURATION = "redis/redis.conf"
_TARGET = "/etc/kkinfra/redis.conf"


def redis_service(environment: Environment, name: str, redis: Redis) -> Service:
    """Data that is not kept is written nowhere, not even to the image's anonymous volume."""
    data = [volume(data_volume(name), DATA_DIRECTORY)] if redis.persistent else []
    volumes = [file(CONFIGURATION, _TARGET), *data]
    own = {"command": ["redis-server", _TARGET]}
    made = part_service(environment, name, redis, own, volumes=volumes, healthcheck=health.of_redis(redis.port))
    if not redis.persistent:
        made["tmpfs"] = [*made["tmpfs"], f"{DATA_DIRECTORY}:mode=0700,size=1048576"]
    return labelled(environment, name, made, [redis_conf(redis)])


def redis_conf(redis: Redis) -> str:
    """Sizes in bytes, since Redis reads `mb` as MiB. No password: nobody but this host can reach it."""
    settings = {
        "bind": "127.0.0.1",
        "port": int(redis.port),
        "protected-mode": "yes",
        "daemonize": "no",
        "logfile": '""',
        "dir": DATA_DIRECTORY,
        "maxmemory": redis.maxmemory.bytes,
        "maxmemory-policy": redis.policy,
        "appendonly": "yes" if redis.persistent else "no",
        "appendfsync": "everysec",
        "save": '""',
    }
    return "".join(f"{key} {value}\n" for key, value in settings.items())
