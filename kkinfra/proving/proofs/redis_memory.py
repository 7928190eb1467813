"""Redis's limit beside its `maxmemory`: what it holds beyond its data, and while it rewrites its file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.amounts import megabytes
from kkinfra.spec.stack import Redis

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kkinfra.proving.proof import Severity
    from kkinfra.spec.environment import Environment

_BESIDES_PERCENT = 25
"""Beyond `maxmemory`: the process, clients' and file's buffers, fragmentation; of 100 MB, 25.

`maxmemory` does not count buffers (https://redis.io/docs/latest/develop/reference/eviction/), and allocators leave
holes (https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/memory-optimization/).
"""

_COPIED_PERCENT = 25
"""Pages that are written to while a child rewrites the file are copied; Redis warns of up to all of them.

https://redis.io/docs/latest/operate/oss_and_stack/management/admin/: "can use up to 2 times the memory". All would be
every key written within the seconds of a rewrite, on the instance's one or two processors: a quarter is much already.
"""


def redis_memory(environment: Environment) -> Iterator[Finding]:
    """An error where data alone may fill the limit, a warning where a rewrite may."""
    for name, redis in environment.parts(Redis):
        data, limit = redis.maxmemory.bytes, redis.memory.bytes
        besides = data * _BESIDES_PERCENT // 100
        copied = data * _COPIED_PERCENT // 100 if redis.persistent else 0
        rows = (
            Row("maxmemory", megabytes(data), ("stack", name, "maxmemory")),
            Row(
                f"+ {_BESIDES_PERCENT} % besides", megabytes(besides), source="buffers, fragmentation: redis_memory.py"
            ),
            Row("+ copied in a rewrite", megabytes(copied), ("stack", name, "persistent")),
            Row("of the limit", megabytes(limit), ("stack", name, "memory")),
        )
        wanted = data + besides + copied
        if wanted <= limit:
            message = f"Redis needs {megabytes(wanted)} at most, of {megabytes(limit)}"
            yield Finding("redis", "note", ("stack", name, "memory"), message, "", rows)
            continue
        message = f"Redis full of {redis.maxmemory} needs {megabytes(wanted)}, and its limit is {redis.memory}"
        remedy = f"write memory: {-(-wanted // 10**6)}MB, or maxmemory: {limit * data // wanted // 10**6}MB"
        severity: Severity = "error" if data + besides > limit else "warning"
        yield Finding("redis", severity, ("stack", name, "memory"), message, remedy, rows)
