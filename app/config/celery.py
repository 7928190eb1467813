"""The Celery application, which `celery --app config` finds here by its name."""

from __future__ import annotations

import os
from logging.config import dictConfig
from typing import TYPE_CHECKING, Any

from celery import Celery, signals
from django.conf import settings

from config import trace
from config.schedule import SCHEDULE
from config.start import legible

if TYPE_CHECKING:
    from celery import Task

STOP_GRACE_SECONDS = 60
"""What the environments grant a worker: `stop_grace` in the specification."""
CHILD_KIBIBYTES = 110_000
"""A process that holds more after a task is replaced: the limit is 224 MB for the parent and two of them."""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_STATEMENT_SECONDS", "30")
# Celery runs Django's checks and drops their outcome; they would only load each page and view into worker and beat.
os.environ.setdefault("CELERY_SKIP_CHECKS", "true")
with legible():
    HARD_LIMIT_SECONDS = settings.CELERY_TASK_TIME_LIMIT  # the first access reads the variables
SOFT_LIMIT_SECONDS = HARD_LIMIT_SECONDS - 5
VISIBILITY_SECONDS = settings.CELERY_VISIBILITY_TIMEOUT

REDIS_WAITS = {"socket_connect_timeout": 2, "socket_timeout": 5, "socket_keepalive": True}
"""Seconds. A worker's blocking read returns each second by itself (`brpop_timeout` of Kombu).

The broker's connections never retry by themselves: redis-py would connect anew inside the read that waits for a
broadcast (`PubSub.parse_response`), without limit, and a worker that saw too late that Redis had restarted would take
no task any more.
"""

REDELIVERY = {"visibility_timeout": VISIBILITY_SECONDS, "unacked_restore_interval": 10, "unacked_restore_throttle": 1}
"""Seconds after which a killed worker's task may go to another, and between looks for one; by default, 100 pass."""

app = Celery("config")
app.conf.update(
    # Where: https://docs.celeryq.dev/en/stable/userguide/configuration.html
    broker_url=settings.CELERY_BROKER_URL,
    broker_transport_options={**REDIS_WAITS, **REDELIVERY, "health_check_interval": 25},
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    result_backend=settings.CELERY_RESULT_BACKEND,
    result_expires=3600,
    result_backend_transport_options={"retry_policy": {"timeout": 5.0}},
    redis_backend_health_check_interval=25,
    redis_retry_on_timeout=True,
    **{f"redis_{name}": wait for name, wait in REDIS_WAITS.items()},
    # A task is done when it returned: until then it stays in Redis, for whoever comes after a worker that was killed.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=settings.CELERY_WORKER_PREFETCH_MULTIPLIER,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    # How long and how large: a task ends within the grace of a stop, and long before Redis hands it out again.
    task_time_limit=HARD_LIMIT_SECONDS,
    task_soft_time_limit=SOFT_LIMIT_SECONDS,
    worker_soft_shutdown_timeout=10,
    worker_enable_soft_shutdown_on_idle=True,
    worker_max_memory_per_child=CHILD_KIBIBYTES,
    # What: JSON alone, and no results unless a task asks for them.
    task_ignore_result=True,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    task_publish_retry_policy={"max_retries": 2, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.5},
    # When, in UTC.
    timezone="UTC",
    beat_schedule=SCHEDULE,
    # Who watches: Flower, and the log.
    worker_send_task_events=True,
    worker_hijack_root_logger=False,
    # Without a worker: development and tests.
    task_always_eager=settings.CELERY_EAGER,
    task_eager_propagates=settings.CELERY_EAGER,
)
app.autodiscover_tasks()


@signals.setup_logging.connect
def configure_logging(**_: Any) -> None:
    """Log as the web process does, whatever `--loglevel` says: `LOG_LEVEL` rules."""
    dictConfig(settings.LOGGING)


@signals.before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Let a task's log lines name the request that asked for it."""
    if found := trace.request_id.get():
        headers["request_id"] = found


@signals.task_prerun.connect
def bind_ids(task_id: str, task: Task[..., Any], **_: Any) -> None:
    """Bind the ids to what is logged while the task runs."""
    trace.task_id.set(task_id)
    if found := getattr(task.request, "request_id", None):
        trace.request_id.set(found)


@signals.task_postrun.connect
def release_ids(task: Task[..., Any], **_: Any) -> None:
    """Bind nothing any more. A task that ran eagerly, within a request, leaves the request's id."""
    trace.task_id.set("")
    if not task.request.is_eager:
        trace.request_id.set("")
