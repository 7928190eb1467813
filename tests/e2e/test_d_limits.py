"""Limits hold, seen from the kernel and from the engine."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from rehearsal.production import Production

MB = 1_000_000
BLOCK = 4 * MB
BACK_SECONDS = 90


def test_two_uvicorn_workers(stack: Production) -> None:
    commands = [" ".join(process[7:]) for process in stack.container("webapp-blue").top()["Processes"]]
    assert sum("spawn_main" in command for command in commands) == 2


@pytest.fixture
def server(stack: Production) -> Iterator[redis.Redis]:
    with redis.Redis(port=int(stack.environment.stack["redis"].port), db=7) as client:
        yield client
        client.flushdb()


def test_a_full_redis_drops_what_expires_then_refuses_and_keeps_what_is_queued(
    stack: Production, server: redis.Redis, browser: httpx.Client
) -> None:
    limit = stack.environment.stack["redis"].maxmemory.bytes
    assert int(server.config_get("maxmemory")["maxmemory"]) == limit

    server.rpush("queued", "work")
    for number in range(10):
        server.set(f"cached:{number}", b"x" * BLOCK, ex=3600)
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        fill(server, limit)

    assert server.keys("cached:*") == []
    assert server.lindex("queued", 0) == b"work"
    assert server.llen("queued") > limit // BLOCK // 2
    assert server.info("memory")["used_memory"] < limit * 1.05
    assert browser.get("/").status_code == 200, "the page does without a cache"

    server.delete("queued")
    assert server.set("again", "yes")
    stack.wait_healthy()


def fill(server: redis.Redis, limit: int) -> None:
    for _ in range(limit // BLOCK + 1):
        server.rpush("queued", b"x" * BLOCK)


def test_logs_are_rotated_at_10_mb_and_three_are_kept(stack: Production) -> None:
    container = stack.container("celery-beat")
    line = "x" * 99
    written = container.exec_run(["sh", "-c", f"yes {line} | head -c {40 * MB} >/proc/1/fd/1"])
    assert written.exit_code == 0, written.output
    path = Path(container.attrs["LogPath"])
    time.sleep(3)
    sizes = [file.stat().st_size for file in sorted(path.parent.glob("*-json.log*"))]
    assert len(sizes) == 3
    assert all(size <= 10 * 2**20 + 1000 for size in sizes)
    assert sum(sizes) > 20 * MB


CROWD = """
import os, time
for _ in range(200):
    if not os.fork():
        held = bytearray(8_000_000)
        time.sleep(600)
    time.sleep(0.05)
"""


def test_a_container_over_its_memory_limit_is_killed_and_comes_back_alone(stack: Production) -> None:
    """Many small processes take what is left, so that the kernel's choice is the largest: the container's own."""
    before = {name: container.attrs["State"]["StartedAt"] for name, container in stack.running().items()}
    beat = stack.container("celery-beat")
    since = int(time.time())
    beat.exec_run(["python", "-c", CROWD], detach=True)
    wait_until(lambda: stack.container("celery-beat").attrs["State"]["StartedAt"] != before["celery-beat"])

    events = stack.engine.events(since=since, until=int(time.time()) + 1, filters={"container": beat.id}, decode=True)
    seen = [event["status"] for event in events]
    assert "oom" in seen
    assert "die" in seen
    stack.wait_healthy("celery-beat", seconds=BACK_SECONDS)
    after = {name: container.attrs["State"]["StartedAt"] for name, container in stack.running().items()}
    assert {name for name in before if before[name] != after[name]} == {"celery-beat"}


def wait_until(reached: object, seconds: int = BACK_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, f"not reached in {seconds} s"
        time.sleep(0.5)
