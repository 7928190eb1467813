"""The database: PostgreSQL, or SQLite for development and tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from config.environment import Environment

SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
POOL = {"min_size": 1, "timeout": 3, "reconnect_timeout": 2, "max_idle": 30}
"""Connections and seconds.

A request waits for 3. An attempt to connect ends after 2, and the next request starts another: no back-off of minutes
outlasts an outage. What idles for 30 is closed, one connection at a time: after an outage, each that is stale costs
the request that meets it a second, see `ConnectionPool.getconn`.
https://www.psycopg.org/psycopg3/docs/api/pool.html
"""


def databases(env: Environment) -> dict[str, dict[str, Any]]:
    """Return Django's `DATABASES`.

    `DATABASE_FILE` alone means SQLite. `DATABASE_POOL_SIZE` is 0, no pool, unless the entry point set it: a pool's
    threads and sockets do not survive the fork that Celery's worker does. No connection outlives a request outside
    of the pool: https://docs.djangoproject.com/en/5.2/ref/databases/#persistent-connections.
    """
    if file := env.text("DATABASE_FILE", ""):
        if env.text("DATABASE_HOST", ""):
            env.problems.append("DATABASE_FILE and DATABASE_HOST are both set. Keep one of them.")
        return {"default": sqlite(file)}
    return {"default": postgresql(env)}


def sqlite(file: str) -> dict[str, Any]:
    """Return a file's settings. Writers wait for each other from their start, so that none fails half way."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "timeout": 5,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;",
        },
    }


def postgresql(env: Environment) -> dict[str, Any]:
    """Return a server's settings."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": env.text("DATABASE_HOST"),
        "PORT": env.number("DATABASE_PORT", 5432, least=1, most=65535),
        "NAME": env.text("DATABASE_NAME"),
        "USER": env.text("DATABASE_USER"),
        "PASSWORD": env.secret("DATABASE_PASSWORD").reveal(),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": connection_options(env),
    }


def connection_options(env: Environment) -> dict[str, Any]:
    """Return what libpq is told: how long to wait, and when a silent peer counts as gone.

    The statement timeout is the entry point's: seconds for a page, more for a task, none (0) for a migration.
    https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-PARAMKEYWORDS
    """
    statement_seconds = env.number("DATABASE_STATEMENT_SECONDS", 0)
    options = {
        "sslmode": env.choice("DATABASE_SSLMODE", SSL_MODES, "require"),
        "connect_timeout": 3,
        "options": f"-c statement_timeout={statement_seconds}s",
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    if size := env.number("DATABASE_POOL_SIZE", 0, most=100):
        options["pool"] = POOL | {"max_size": size}
    return options
