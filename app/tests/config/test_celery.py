"""What tasks are run with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml
from django.core.checks import run_checks

from config import celery, trace
from config.schedule import SCHEDULE
from tests.config.conftest import RENDERED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from celery import Task


@pytest.fixture
def task() -> Iterator[Task[[], tuple[str, str]]]:
    @celery.app.task(name="tests.ids", ignore_result=False)
    def ids() -> tuple[str, str]:
        return trace.task_id.get(), trace.request_id.get()

    yield ids
    celery.app.tasks.unregister("tests.ids")


def test_a_task_is_logged_with_its_id_and_the_request_s(task: Task[[], tuple[str, str]]) -> None:
    token = trace.request_id.set("0123456789abcdef")
    try:
        done = task.delay()
        assert done.get() == (done.id, "0123456789abcdef")
        assert trace.request_id.get() == "0123456789abcdef", "the rest of the request has its id, too"
    finally:
        trace.request_id.reset(token)
    assert not trace.task_id.get()


def test_a_message_carries_the_id_of_the_request() -> None:
    headers: dict[str, str] = {}
    token = trace.request_id.set("0123456789abcdef")
    try:
        celery.send_request_id(headers=headers)
    finally:
        trace.request_id.reset(token)
    assert headers == {"request_id": "0123456789abcdef"}


def test_every_scheduled_task_is_there() -> None:
    celery.app.loader.import_default_modules()
    assert {entry["task"] for entry in SCHEDULE.values()} - set(celery.app.tasks) == set()


def test_a_run_that_nobody_took_is_gone_when_the_next_is_due() -> None:
    assert all(entry["options"]["expires"] <= entry["schedule"] for entry in SCHEDULE.values())


@pytest.mark.parametrize(
    ("name", "seconds", "found"),
    [
        ("VISIBILITY_SECONDS", 120, []),
        ("VISIBILITY_SECONDS", 90, ["config.E001"]),
        ("STOP_GRACE_SECONDS", 45, ["config.E002"]),
    ],
)
def test_times_that_would_lose_or_repeat_tasks_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, seconds: int, found: list[str]
) -> None:
    monkeypatch.setattr(celery, name, seconds)
    told = [message.id for message in run_checks() if str(message.id).startswith("config.")]
    assert told == found


def test_the_grace_of_a_stop_is_what_is_rendered() -> None:
    worker = yaml.safe_load(RENDERED.read_text())["services"]["celery-worker"]
    assert worker["stop_grace_period"] == f"{celery.STOP_GRACE_SECONDS}s"
