"""What is lost when a part dies: nothing that was queued; and what is still shown meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from rehearsal.outside import Site
    from rehearsal.production import Production

RECOVERED_SECONDS = 60
NOTICED_SECONDS = 20
REDELIVERED_SECONDS = 330
"""The visibility timeout, and the 100 s between two looks for what was not acknowledged (kombu, restore_visible)."""


def until(reached: Callable[[], bool], seconds: int = RECOVERED_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not reached in {seconds} s"
        time.sleep(1)


def test_without_the_database_the_page_is_shown_as_it_was(stack: Production, browser: httpx.Client) -> None:
    assert browser.get("/?lang=en").status_code == 200
    database = stack.database.container
    database.stop(timeout=5)
    try:
        until(lambda: browser.get("/healthz/ready").status_code == 503)
        checks = browser.get("/healthz/ready").json()["checks"]
        assert checks["database"] != "ok"
        assert checks["cache"] == "ok"
        assert browser.get("/healthz/live").status_code == 200
        deadline = time.monotonic() + NOTICED_SECONDS
        while "database" not in (page := browser.get("/?lang=en")).text:
            assert time.monotonic() < deadline, "no notice"
            assert page.status_code == 200
            assert page.elapsed.total_seconds() < 5
            time.sleep(1)
    finally:
        database.start()
    until(lambda: browser.get("/healthz/ready").status_code == 200)
    stack.wait_healthy()


def test_without_redis_the_page_is_shown_from_the_database(stack: Production, browser: httpx.Client) -> None:
    until(lambda: all(browser.get("/?lang=en").status_code == 200 for _ in range(10)), 15)
    container = stack.container("redis")
    container.stop(timeout=10)
    try:
        until(lambda: browser.get("/healthz/ready").status_code == 503)
        assert browser.get("/healthz/ready").json()["checks"]["database"] == "ok"
        until(lambda: "A far site" in browser.get("/?lang=en").text, NOTICED_SECONDS)
    finally:
        container.start()
    until(lambda: browser.get("/healthz/ready").status_code == 200)
    stack.wait_healthy(seconds=120)


def test_a_worker_that_sees_too_late_that_redis_restarted_takes_tasks_again(stack: Production, site: Site) -> None:
    marks = ["frozen-0", "frozen-1"]
    worker = stack.container("celery-worker")
    worker.pause()
    try:
        stack.container("redis").restart(timeout=10)
        stack.wait_healthy("redis")
    finally:
        worker.unpause()
    stack.manage("shell", "-c", QUEUE.format(marks=marks, url=site.url))
    until(lambda: stored(stack, marks) == len(marks))
    stack.wait_healthy("celery-worker")


@pytest.mark.parametrize("victim", ["its processes", "the whole worker"])
def test_nothing_queued_is_lost_when_a_worker_is_killed(stack: Production, site: Site, victim: str) -> None:
    """Six slow probes, two of them under way when the worker is killed: all six are stored in the end."""
    marks = [f"killed-{victim.replace(' ', '-')}-{number}" for number in range(6)]
    stack.manage("shell", "-c", QUEUE.format(marks=marks, url=site.url))
    until(lambda: any(mark in path for mark in marks for path in site.asked_for()))
    worker = stack.container("celery-worker")
    if victim == "the whole worker":
        worker.kill("SIGKILL")
        worker.start()
    else:
        killed = worker.exec_run(["python", "-c", KILL_CHILDREN])
        assert killed.exit_code == 0, killed.output
        assert int(killed.output) == 2
    until(lambda: stored(stack, marks) == len(marks), REDELIVERED_SECONDS)
    stack.wait_healthy("celery-worker")


def test_a_worker_that_is_asked_to_stop_ends_what_it_began(stack: Production, site: Site) -> None:
    marks = ["stopped-0", "stopped-1"]
    stack.manage("shell", "-c", QUEUE.format(marks=marks, url=site.url))
    until(lambda: all(any(mark in path for path in site.asked_for()) for mark in marks))
    worker = stack.container("celery-worker")
    worker.stop(timeout=60)
    try:
        assert stored(stack, marks) == len(marks)
        worker.reload()
        assert worker.attrs["State"]["ExitCode"] == 0
    finally:
        worker.start()
    stack.wait_healthy("celery-worker")


QUEUE = """
import datetime
from monitor.models import Target
from monitor.tasks import probe_targets
for mark in {marks}:
    target = Target.objects.create(name=mark, url="{url}" + mark + "?sleep=4", interval_seconds=3600)
    probe_targets.delay([target.pk], "2026-01-01T00:00:00+00:00")
"""

KILL_CHILDREN = """
import os, signal
def parent(pid): return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]
workers = [pid for pid in pids if b"celery" in open(f"/proc/{pid}/cmdline", "rb").read()]
children = [pid for pid in workers if parent(pid) in workers and parent(pid) != 1]
for pid in children: os.kill(pid, signal.SIGKILL)
print(len(children))
"""


def stored(stack: Production, names: list[str]) -> int:
    return sum(name in names for name in stack.database.query(STORED))


STORED = """
SELECT t.name FROM monitor_probe p JOIN monitor_target t ON t.id = p.target_id
WHERE p.slot = '2026-01-01T00:00:00Z' AND p.outcome = 'ok'
"""
