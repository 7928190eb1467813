"""Checks that `manage.py check` makes of this product's own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.apps import AppConfig


@register()
def task_times(app_configs: Sequence[AppConfig] | None, **_options: object) -> list[CheckMessage]:  # noqa: ARG001
    """Check that no task outlives the time after which Redis hands it to another worker, or the worker's stop.

    A task may wait behind those that a process takes ahead of it, and behind the one that runs, so it is out of the
    queue for one hard limit more than it waits.
    https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout
    """
    from config import celery

    longest = (1 + settings.CELERY_WORKER_PREFETCH_MULTIPLIER) * celery.HARD_LIMIT_SECONDS
    found: list[CheckMessage] = []
    if longest >= celery.VISIBILITY_SECONDS:
        hint = f"A task may be out for {longest} s, the visibility timeout is {celery.VISIBILITY_SECONDS} s."
        found.append(
            Error("Tasks would be run twice: lower the limit or raise the timeout.", hint=hint, id="config.E001")
        )
    if celery.HARD_LIMIT_SECONDS >= celery.STOP_GRACE_SECONDS:
        hint = f"A task may take {celery.HARD_LIMIT_SECONDS} s, a stop waits {celery.STOP_GRACE_SECONDS} s."
        found.append(Error("Tasks would be cut off at each release: lower the limit.", hint=hint, id="config.E002"))
    return found
