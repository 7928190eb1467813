"""Log lines: one JSON object each, on standard output."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from config import trace

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST_HIDDEN = 6
"""A shorter secret is not looked for: it would be found in too many lines, and is none."""


class Redacting(logging.Formatter):
    """A formatter that knows the product's secrets and leaves them out."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("{levelname:<7} {name}: {message}", style="{")
        self.secrets = [secret for secret in secrets if len(secret) >= SHORTEST_HIDDEN]

    def redact(self, text: str) -> str:
        """Return the text with `***` for each secret."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def format(self, record: logging.LogRecord) -> str:
        """Return a line for people, and the traceback, if any, on those that follow."""
        fields = " ".join(f"{name}={value}" for name, value in fields_of(record).items())
        return self.redact(" ".join(filter(None, (super().format(record), fields))))


class JsonLines(Redacting):
    """One JSON object a line: time (UTC), level, logger, message, ids, the record's `fields`, exception.

    Only what `extra={"fields": ...}` names gets in: other extras, such as a request or a task's arguments, may
    hold anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.redact(record.getMessage()),
        }
        line |= {name: found for name in ("request_id", "task_id") if (found := getattr(trace, name).get())}
        line |= {name: self.redact(f) if isinstance(f, str) else f for name, f in fields_of(record).items()}
        if record.exc_info:
            line["exception"] = self.redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """Return what a record tells beside its message."""
    found: dict[str, Any] = getattr(record, "fields", {})
    return found


def has_exception(record: logging.LogRecord) -> bool:
    """Return whether Django tells of a crash; that a page was not found, the request's line tells."""
    return record.exc_info is not None


def configuration(level: str, style: str, secrets: Sequence[str]) -> dict[str, Any]:
    """Return Django's `LOGGING`, which takes over the loggers of Uvicorn, too.

    Uvicorn sets its own up before it loads the application; its access log stays silent, since the request's line
    says the same and more.
    """
    formatter = JsonLines if style == "json" else Redacting
    inherit = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter, "secrets": secrets}},
        "filters": {"has_exception": {"()": lambda: has_exception}},
        "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "line"}},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django": inherit,
            "django.server": inherit | {"level": "WARNING"},
            "django.request": {"filters": ["has_exception"]},
            "uvicorn": inherit,
            "uvicorn.error": inherit,
            "uvicorn.access": {"handlers": [], "propagate": False},
            "celery.worker.strategy": {"level": "WARNING"},  # "received"; that a task ended says as much
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
            "psycopg.pool": {"level": "WARNING"},
        },
    }
