"""What a page needs, looked at from outside of the requests' threads, pool and connections."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger(__name__)

OK = "ok"
SECONDS = 3.0
"""For all checks together; they run side by side. Nginx's and Docker's probes wait for 4 seconds."""
DRIVER_SECONDS = 2
"""For a connection or an answer, so that the threads below come back by themselves."""


class NotReadyError(Exception):
    """Something answered, and is not what is needed; the text is safe to show."""


async def run() -> dict[str, str]:
    """Return `"ok"` or the reason for each of `CHECKS`.

    A reason is a kind of error: the errors' own texts, which name hosts and users, go to the log.
    """
    return dict(zip(CHECKS, await asyncio.gather(*(outcome(name) for name in CHECKS)), strict=True))


async def outcome(name: str) -> str:
    """Return how one check ended."""
    try:
        await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(threads(), CHECKS[name]), SECONDS)
    except TimeoutError:
        return f"no answer within {SECONDS:g} s"
    except NotReadyError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - whatever a driver raises means that it is not ready
        logger.warning("%s is not ready: %s", name, error)
        return f"failed: {type(error).__name__}"
    return OK


@cache
def threads() -> ThreadPoolExecutor:
    """Return threads of the checks' own: those of the requests may all wait for the database."""
    return ThreadPoolExecutor(max_workers=2 * len(CHECKS), thread_name_prefix="readiness")


def check_database() -> None:
    """Ask the database something."""
    with own_connection() as database, database.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Compare the migrations of this release with those applied; a good outcome holds for the process's life."""
    if "applied" in _seen:
        return
    from django.db.migrations.executor import MigrationExecutor

    with own_connection() as database:
        executor = MigrationExecutor(database)
        if missing := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
            raise NotReadyError(f"{missing} not applied")
    _seen.add("applied")


_seen: set[str] = set()


@contextmanager
def own_connection() -> Iterator[BaseDatabaseWrapper]:
    """Give this thread, for a moment, a connection with short waits, which is neither of the pool nor kept.

    It takes the place of the thread's "default", which Django's migrations use by its name.
    """
    database = connections.create_connection("default")
    if database.vendor == "postgresql":
        options = {name: value for name, value in database.settings_dict["OPTIONS"].items() if name != "pool"}
        options |= {"connect_timeout": DRIVER_SECONDS, "tcp_user_timeout": DRIVER_SECONDS * 1000}
        options |= {"options": f"-c statement_timeout={DRIVER_SECONDS}s"}
        database.settings_dict = database.settings_dict | {"OPTIONS": options}
    connections["default"] = database
    try:
        yield database
    finally:
        database.close()
        del connections["default"]


def check_cache() -> None:
    """Ping the cache's Redis."""
    ping(settings.CACHES["default"].get("LOCATION", ""))


def check_broker() -> None:
    """Ping the broker's Redis."""
    ping(settings.CELERY_BROKER_URL)


def ping(address: str) -> None:
    """Ping a Redis by a connection of its own; an address in the process's own memory needs none."""
    if not address.startswith("redis"):
        return
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    waits = {"socket_connect_timeout": DRIVER_SECONDS, "socket_timeout": DRIVER_SECONDS}
    with Redis.from_url(address, retry=Retry(NoBackoff(), 0), **waits) as client:
        client.ping()


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "cache": check_cache,
    "broker": check_broker,
}
