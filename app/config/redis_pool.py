"""One pool of connections to Redis for each process."""

from __future__ import annotations

from functools import cache
from typing import Any

from redis import BlockingConnectionPool
from redis import ConnectionError as Disconnected
from redis.backoff import NoBackoff
from redis.retry import Retry

RETRIES = 1
"""A connection that Redis closed while it idled is made anew; a Redis that does not answer is not asked twice."""


class ProcessPool:
    """What Django's Redis cache takes its connections from.

    Under ASGI, Django makes its caches anew for each request, since `django.core.cache.caches` lives in the request's
    context (`asgiref.local.Local`). A pool of their own would mean a connection for each request.
    """

    @staticmethod
    @cache
    def from_url(url: str, **options: Any) -> BlockingConnectionPool:
        """Return the process's pool for an address and its options (connections, seconds)."""
        retry = Retry(NoBackoff(), RETRIES, supported_errors=(Disconnected,))
        return BlockingConnectionPool.from_url(url, retry=retry, **options)
