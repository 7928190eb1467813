"""Copies of pages in the cache.

A copy lies there for a day, long after it is fresh: it is what is shown while the database is away. Each call
survives the cache's absence. A release reads no copies of another, whose pages name other static files.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from monitor.pages.breaker import Away, Breaker

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = timedelta(days=1)
CLAIM_SECONDS = 30
"""For how long nobody else computes a page that somebody began to; it covers a worker that was killed meanwhile."""

breaker = Breaker("The cache", RedisError, OSError)


@dataclass(frozen=True, slots=True)
class Copy:
    """A page as it was sent, compressed once for all who ask; `etag` stands for its text."""

    made_at: datetime
    etag: str
    compressed: bytes

    @classmethod
    def of(cls, html: str, made_at: datetime) -> Copy:
        """Compress a page."""
        text = html.encode()
        return cls(made_at, sha256(text).hexdigest()[:32], gzip.compress(text, 6, mtime=0))

    @property
    def html(self) -> str:
        """The page's text."""
        return gzip.decompress(self.compressed).decode()

    def age(self) -> timedelta:
        """How long ago it was made."""
        return datetime.now(UTC) - self.made_at


def read(name: str) -> Copy | None:
    """The copy of a page; None if there is none, or no cache."""
    found = _attempt(lambda: cache.get(_key(name)))
    return found if isinstance(found, Copy) else None


def write(name: str, copy: Copy) -> None:
    """Keep a copy."""
    _attempt(lambda: cache.set(_key(name), copy, KEPT.total_seconds()))


def claim(name: str) -> bool:
    """Whether the caller is the one to compute this page now; without a cache, everybody is."""
    return _attempt(lambda: cache.add(_key(f"{name}:claim"), 1, CLAIM_SECONDS)) is not False


def release(name: str) -> None:
    """Give up a claim."""
    _attempt(lambda: cache.delete(_key(f"{name}:claim")))


def _key(name: str) -> str:
    return f"page:{settings.RELEASE}:{name}"


def _attempt(call: Callable[[], object]) -> object:
    try:
        with breaker.trying():
            return call()
    except Away:
        return None
