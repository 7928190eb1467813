"""A queued task is neither evicted, nor lost, nor run twice, nor cut off."""

from __future__ import annotations

import pytest

from proven import figures, found, line_of, proven
from real_spec import SOURCE, changed

POLICY = "policy: volatile-lru"
SETTINGS = "CELERY_TASK_TIME_LIMIT: 45, CELERY_VISIBILITY_TIMEOUT: 120, CELERY_WORKER_PREFETCH_MULTIPLIER: 1"
WORKER = f"stop_grace: 60s, settings: {{{SETTINGS}}}"


def told(limit="45", visibility="120", prefetch="1", grace="60s"):
    variables = {
        "CELERY_TASK_TIME_LIMIT": limit, "CELERY_VISIBILITY_TIMEOUT": visibility,
        "CELERY_WORKER_PREFETCH_MULTIPLIER": prefetch,
    }  # fmt: skip
    settings = ", ".join(f"{name}: {value}" for name, value in variables.items() if value)
    return changed(WORKER, f"stop_grace: {grace}, settings: {{{settings}}}")


@pytest.mark.parametrize("text", [SOURCE, told(), told(limit=""), changed(POLICY, "policy: volatile-ttl")])
def test_it_holds(text):
    assert found(text, "queue") == []


@pytest.mark.parametrize(
    ("written", "rule", "problem"),
    [
        (
            "policy: allkeys-lru",
            "error queue/evicts",
            "stack.redis.policy: allkeys-lru drops any key once 256MB",
        ),
        ("policy: noeviction", "warning queue/full", "stack.redis.policy: what is cached is never dropped"),
        ("persistent: false", "error queue/forgets", "stack.redis.persistent: queued tasks are in memory only"),
    ],
)
def test_a_broker_that_drops(written, rule, problem):
    text = changed(POLICY, written)
    (line,) = found(text, "queue", "production")
    assert line.startswith(f"{rule} {line_of(text, written)} {problem}")


def test_a_broker_in_a_cluster_without_a_volume():
    text = changed("      redis:      {storage: 1GiB}\n", "")
    (line,) = found(text, "queue")
    place = f"{line_of(text, POLICY)} stack.redis.storage"
    assert line.startswith(f"warning queue/forgets {place}: queued tasks are kept in the pod's own directory")


def test_noeviction_is_right_for_a_broker_alone():
    assert found(changed(POLICY, "policy: noeviction").replace("[cache, broker]", "[broker]"), "queue") == []


def test_a_cache_may_evict_what_it_likes():
    text = (
        changed(POLICY, "policy: allkeys-lru").replace("[cache, broker]", "[cache]").replace(", readers: [flower]", "")
    )
    without = ("  celery", "  flower", "      flower")
    assert found("\n".join(line for line in text.splitlines() if not line.startswith(without)), "queue") == []


@pytest.mark.parametrize(
    ("text", "field", "problem"),
    [
        (
            told(limit="60", grace="90s"),
            "CELERY_TASK_TIME_LIMIT",
            "for 120 s, and after 120 s another worker",
        ),
        (told(prefetch=""), "CELERY_TASK_TIME_LIMIT", "for 225 s, and after 120 s another worker"),
        (
            told(limit="1800", visibility="", grace="1h"),
            "CELERY_TASK_TIME_LIMIT",
            "for 3600 s, and after 3600 s",
        ),
    ],
)
def test_a_task_that_is_handed_out_twice(text, field, problem):
    (line,) = found(text, "queue", "production")
    assert line.startswith(f"error queue/redelivered {line_of(text, field)} stack.celery-worker")
    assert problem in line


def test_a_task_that_a_release_cuts_off():
    text = told(grace="45s")
    (line,) = found(text, "queue", "production")
    assert line.startswith(
        f"error queue/cut-off {line_of(text, 'stop_grace: 45s')} stack.celery-worker.stop_grace: a task"
    )
    assert line.endswith("write stop_grace: 60s, or lower CELERY_TASK_TIME_LIMIT")


def test_what_was_computed():
    assert figures(proven(told(), "production"), "queue/kept") == {
        "CELERY_TASK_TIME_LIMIT": "45 s", "CELERY_WORKER_PREFETCH_MULTIPLIER": "1", "out of the queue, at most": "90 s",
        "CELERY_VISIBILITY_TIMEOUT": "120 s", "stop_grace": "60 s",
    }  # fmt: skip
