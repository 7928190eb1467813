"""The cache: Redis, or the process's own memory for development and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.environment import Environment

CONNECTIONS = 8
"""Of a process. Whoever finds all of them busy waits for `WAIT_SECONDS`."""
WAIT_SECONDS = 1


def caches(env: Environment, *, local: bool) -> dict[str, dict[str, Any]]:
    """Return Django's `CACHES`. Only what runs without a broker may run without `CACHE_URL`."""
    address = env.url("CACHE_URL", ("redis", "rediss"), "" if local else None)
    if not address:
        return {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": address,
            "KEY_PREFIX": "kkambbaki",
            "OPTIONS": connection_options(),
        }
    }


def connection_options() -> dict[str, Any]:
    """Return what the connections' pool is made with: an absent or silent Redis costs a request 3 seconds at most."""
    return {
        "pool_class": "config.redis_pool.ProcessPool",
        "max_connections": CONNECTIONS,
        "timeout": WAIT_SECONDS,
        "socket_connect_timeout": 1,
        "socket_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 30,
    }
