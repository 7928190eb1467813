"""Connections: what the product may open at a deploy's peak is less than what the database takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.proving.proof import Finding, Row
from kkinfra.proving.proofs.instance_types import instance_type
from kkinfra.proving.proofs.pods import pods
from kkinfra.spec import wiring
from kkinfra.spec.stack import (
    AppService,
    CeleryWorker,
    Container,
    Cron,
    Job,
    Migration,
    PostgresqlRds,
    PostgresqlStatefulSet,
    Webapp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kkinfra.rendering.artifacts import ArtifactTree
    from kkinfra.spec.environment import Environment
    from kkinfra.values.document import Steps

POOL = "DATABASE_POOL_SIZE"
_POOL_SIZE = 4
"""Where the variable is not set: what the product of this repository opens for each process (app/config/asgi.py)."""

_BYTES_A_CONNECTION, _MOST = 9_531_392, 5000
_SHARE_PERCENT = 75
"""max_connections of RDS is LEAST({DBInstanceClassMemory/9531392}, 5000).

DBInstanceClassMemory is less than the class's memory, by what the operating system and RDS take; how much that is AWS
does not publish, so a quarter is kept back here.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
"""

_FOR_SUPERUSERS, _OF_RDS = 3, 5
"""superuser_reserved_connections of PostgreSQL; and an estimate of RDS's own sessions (rdsadmin, monitoring).

https://www.postgresql.org/docs/15/runtime-config-connection.html
"""

_FOR_PEOPLE = 5
"""Fewer than these left: nobody gets in to look, when it matters."""


class ConnectionsProof:
    """Adds up pools, workers and jobs, all at their most, with both releases up."""

    rules: Mapping[str, str] = {
        "exceeded": "At a deploy's peak, more connections are opened than the database takes.",
        "few": "At a deploy's peak, hardly a connection is left to look into the database.",
        "unknown": "How many connections the database takes is not known.",
        "enough": "There are enough connections.",
    }

    def prove(self, environment: Environment, tree: ArtifactTree) -> Iterator[Finding]:
        """A finding on the database, if there is one."""
        for name, database in environment.stack.items():
            if isinstance(database, PostgresqlStatefulSet | PostgresqlRds):
                yield _finding(environment, tree, name, database)


def _finding(
    environment: Environment, tree: ArtifactTree, name: str, database: PostgresqlStatefulSet | PostgresqlRds
) -> Finding:
    at: Steps = ("stack", name, "instance_class" if isinstance(database, PostgresqlRds) else "max_connections")
    budget = _budget(at, database)
    uses = _uses(environment, tree)
    serving, peak = sum(each.serving for each in uses), sum(each.serving + each.more for each in uses)
    rows = (
        *(row for each in uses for row in each.rows()),
        Row("while it serves", f"{serving}"),
        Row("at a deploy's peak", f"{peak}"),
    )
    if budget is None:
        message = f"{peak} connections are opened at a deploy's peak, and what this class takes is not known"
        return Finding("unknown", "warning", at, message, "accept this with your own figures", rows)
    left = sum(amount for _, amount, _ in budget)
    rows = (
        *rows,
        *(Row(label, f"{amount}", *where) for label, amount, where in budget),
        Row("left for the product", f"{left}"),
    )
    message = f"{peak} connections are opened at a deploy's peak, {serving} while it serves, and {left} are there"
    remedy = "lower workers, concurrency or DATABASE_POOL_SIZE, or take a larger database"
    if peak > left:
        return Finding("exceeded", "error", at, message, remedy, rows)
    if peak > left - _FOR_PEOPLE:
        return Finding("few", "warning", at, message, remedy, rows)
    return Finding("enough", "note", at, message, "", rows)


def _budget(
    at: Steps, database: PostgresqlStatefulSet | PostgresqlRds
) -> list[tuple[str, int, tuple[Steps, str]]] | None:
    """Label, amount, and where it comes from; they add up to what is left for the product."""
    reserved = ("- for superusers", -_FOR_SUPERUSERS, ((), "superuser_reserved_connections"))
    if isinstance(database, PostgresqlStatefulSet):
        return [("max_connections", database.max_connections, (at, "")), reserved]
    instance = instance_type(database.instance_class.removeprefix("db."))
    if instance is None:
        return None
    most = min(instance.memory * _SHARE_PERCENT // 100 // _BYTES_A_CONNECTION, _MOST)
    return [("max_connections", most, (at, "")), reserved, ("- RDS's own", -_OF_RDS, ((), "estimated"))]


@dataclass(frozen=True, slots=True)
class _Use:
    """The connections of a part: in all its copies while it serves, and those of more copies during a deploy."""

    part: str
    each: int
    copies: int
    others: int
    at: Steps
    said: tuple[Row, ...] = ()

    @property
    def serving(self) -> int:
        return self.each * self.copies

    @property
    def more(self) -> int:
        return self.each * self.others

    def rows(self) -> Iterator[Row]:
        more = f" + {self.more} in a deploy" if self.more else ""
        yield Row(self.part, f"{self.serving}{more}", self.at)
        yield from self.said


def _uses(environment: Environment, tree: ArtifactTree) -> list[_Use]:
    """All parts that are told where the database is."""
    copies = _copies(environment, tree)
    found: list[_Use] = []
    for name, part in environment.app_parts():
        said = wiring.variables(environment, name)
        if "DATABASE_HOST" in said:
            serving, more = copies.get(name, (0, 1) if isinstance(part, Migration | Job) else (1, 0))
            found.append(_use(environment, name, said, serving, more))
    return found


def _use(environment: Environment, name: str, said: Mapping[str, str], serving: int, more: int) -> _Use:
    """Each web process has a pool; a task, a command and a page of Flower have one connection."""
    part = environment.stack[name]
    if isinstance(part, CeleryWorker):
        return _Use(name, part.concurrency, serving, more, ("stack", name, "concurrency"))
    if not isinstance(part, Webapp):
        return _Use(name, 1, serving, more, ("stack", name))
    size, pool = _pool(part, said.get(POOL, ""), wiring.set_at(environment, name, POOL))
    return _Use(name, part.workers * size, serving, more, ("stack", name, "workers"), (pool,))


def _pool(webapp: Webapp, written: str, at: Steps) -> tuple[int, Row]:
    label = f"  {webapp.workers} workers x pool"
    if not (written.isascii() and written.isdigit() and int(written)):
        return _POOL_SIZE, Row(label, f"{_POOL_SIZE}", source=f"{POOL} is not set; app/config/asgi.py")
    return int(written), Row(label, written, at)


def _copies(environment: Environment, tree: ArtifactTree) -> dict[str, tuple[int, int]]:
    """By part: copies while it serves, and more of them during a deploy.

    On one host only the webapp is up twice: the others end before their successors start (kkinfra/host/rollout.py).
    Where nothing is known of how a release replaces another, all copies are up twice.
    """
    if environment.platform.cluster:
        return {each.part: (each.count, each.more) for each in pods(tree)}
    if environment.platform.has_colours:
        return {name: (1, 1) for name, _ in environment.parts(Webapp)} | {
            name: (1, 0) for name, _ in environment.parts(Cron)
        }
    return {name: (_most(part), _most(part)) for name, part in environment.parts(AppService)}


def _most(part: AppService) -> int:
    """The copies of a part, at its most."""
    scaled = part.autoscale if isinstance(part, Webapp | CeleryWorker) else None
    if scaled:
        return scaled.max
    return part.replicas if isinstance(part, Webapp | CeleryWorker | Container) else 1
