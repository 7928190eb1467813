"""Queue safety: a queued task is neither evicted, nor lost, nor run twice, nor cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.spec import wiring
from kkinfra.spec.stack import CeleryWorker, Redis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps

_LIMIT, _PREFETCH, _VISIBILITY = (
    "CELERY_TASK_TIME_LIMIT", "CELERY_WORKER_PREFETCH_MULTIPLIER", "CELERY_VISIBILITY_TIMEOUT",
)  # fmt: skip
"""Variables by which a product's worker is told; the names are those of Celery's settings, in upper case."""

_DEFAULTS = {_PREFETCH: 4, _VISIBILITY: 3600}
"""Celery's own, where nothing is said.

https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-prefetch-multiplier
https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout
"""


class QueueProof:
    """Looks at the Redis that is the broker, and at the times of each worker."""

    rules: Mapping[str, str] = {
        "evicts": "The broker may drop queued tasks to make room.",
        "full": "A cache that never gives way fills the Redis that tasks are queued in.",
        "forgets": "The broker forgets queued tasks when it restarts.",
        "redelivered": "A task that still runs is handed to another worker, which runs it again.",
        "cut-off": "A worker that is stopped has less time than its longest task needs.",
        "kept": "Queued tasks are kept, and run once.",
    }

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:  # noqa: ARG002 - the protocol
        """Findings on the broker, then on each worker."""
        brokers = [(name, redis) for name, redis in environment.parts(Redis) if "broker" in redis.roles]
        for name, redis in brokers:
            yield from _broker(name, redis)
            yield from _volume(environment, name, redis)
        for name, worker in environment.parts(CeleryWorker) if brokers else ():
            yield from _times(environment, name, worker)


def _broker(name: str, redis: Redis) -> Iterator[Finding]:
    """Queued tasks have no expiry, so policies `volatile-*` spare them (https://redis.io/docs/latest/develop/reference/eviction/)."""
    at: Steps = ("stack", name)
    rows = (
        Row("maxmemory", str(redis.maxmemory), (*at, "maxmemory")),
        Row("policy", redis.policy, (*at, "policy")),
        Row("roles", ", ".join(redis.roles), (*at, "roles")),
    )
    if redis.policy.startswith("allkeys"):
        message = f"{redis.policy} drops any key once {redis.maxmemory} are full, queued tasks among them"
        yield Finding("evicts", "error", (*at, "policy"), message, "write policy: volatile-lru, or noeviction", rows)
    if redis.policy == "noeviction" and "cache" in redis.roles:
        message = f"what is cached is never dropped, so a cache of {redis.maxmemory} leaves no room to queue tasks in"
        yield Finding("full", "warning", (*at, "policy"), message, "write policy: volatile-lru", rows)
    if not redis.persistent:
        kept = Row("persistent", "false", (*at, "persistent"))
        message = "queued tasks are in memory only, and lost when Redis restarts"
        remedy = "write persistent: true, or take it out"
        yield Finding("forgets", "error", (*at, "persistent"), message, remedy, (*rows, kept))


def _volume(environment: Environment, name: str, redis: Redis) -> Iterator[Finding]:
    """In a cluster, what is not in a volume claim ends with its pod, whatever Redis writes there."""
    if environment.platform.cluster and redis.persistent and redis.storage is None:
        at: Steps = ("stack", name, "storage")
        rows = (Row("persistent", "true", ("stack", name, "persistent")), Row("storage", "none", at))
        message = "queued tasks are kept in the pod's own directory, and lost when the pod is replaced"
        yield Finding("forgets", "warning", at, message, "write storage: 1GiB", rows)


def _times(environment: Environment, name: str, worker: CeleryWorker) -> Iterator[Finding]:
    """A task is out of the queue while it waits behind those taken before it, and while it runs."""
    said = wiring.variables(environment, name)
    limit = _number(said, _LIMIT)
    stop = Row("stop_grace", f"{worker.stop_grace.seconds} s", ("stack", name, "stop_grace"))
    if limit is None:
        message = f"how long a task may take is not known; write settings: {{{_LIMIT}: 45}} where the product reads it"
        yield Finding("kept", "note", ("stack", name), message, "", (stop,))
        return
    prefetch, visibility = _number(said, _PREFETCH) or 1, _number(said, _VISIBILITY) or 0
    out = (prefetch + 1) * limit
    rows = (
        _row(environment, name, _LIMIT, f"{limit} s"),
        _row(environment, name, _PREFETCH, f"{prefetch}"),
        Row("out of the queue, at most", f"{out} s", source="one that runs, and those taken ahead of it"),
        _row(environment, name, _VISIBILITY, f"{visibility} s"),
        stop,
    )
    if out >= visibility:
        message = f"a task may be out of the queue for {out} s, and after {visibility} s another worker gets it, too"
        remedy = f"raise {_VISIBILITY} over {out}, or lower {_LIMIT}"
        at = wiring.set_at(environment, name, _VISIBILITY)
        yield Finding("redelivered", "error", at, message, remedy, rows)
    if limit >= worker.stop_grace.seconds:
        kill = f"a worker that is stopped is killed after {worker.stop_grace.seconds} s"
        message = f"a task may take {limit} s, and {kill}"
        remedy = f"write stop_grace: {limit + 15}s, or lower {_LIMIT}"
        yield Finding("cut-off", "error", ("stack", name, "stop_grace"), message, remedy, rows)
    if out < visibility and limit < worker.stop_grace.seconds:
        yield Finding("kept", "note", ("stack", name), f"a task is out of the queue for {out} s at most", "", rows)


def _number(said: Mapping[str, str], name: str) -> int | None:
    written = said.get(name, "")
    return int(written) if written.isascii() and written.isdigit() else _DEFAULTS.get(name)


def _row(environment: Environment, name: str, variable: str, amount: str) -> Row:
    at = wiring.set_at(environment, name, variable)
    return Row(variable, amount, at) if at[-1] == variable else Row(variable, amount, source="Celery's default")
