"""The parts of a stack as nodes: what each is, its version, and where it listens."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from kkinfra.spec.platforms import Compose
from kkinfra.spec.stack import (
    CeleryBeat,
    CeleryWorker,
    Container,
    Cron,
    Flower,
    Job,
    Migration,
    Nginx,
    PostgresqlRds,
    PostgresqlStatefulSet,
    Redis,
    StaticFiles,
    Webapp,
)
from kkinfra.spec.wiring import STATIC_FILES_PORT, listen_address
from kkinfra.views.diagrams.graph import Group, GroupKind, Node, NodeKind

if TYPE_CHECKING:
    from kkinfra.spec.environment import Environment
    from kkinfra.spec.port import Port


def node_id(environment: Environment, name: str) -> str:
    """The id of the part called `name`."""
    return f"{environment.name}.{name}"


def place_id(environment: Environment, name: str) -> str:
    """The id of what surrounds the parts of an environment, or is beside them; no part is called so."""
    return f"{environment.name} {name}"


def part_node(environment: Environment, name: str, group: str) -> Node:
    """The part called `name`, in a group."""
    kind, details = _told(environment.stack[name], environment)
    return Node(node_id(environment, name), name, kind, group, tuple(filter(None, details)))


def namespace(id_: str, name: str, cluster: str) -> Group:
    """A namespace of the group `cluster`."""
    return Group(id_, name, GroupKind.NAMESPACE, cluster, ("namespace",))


def listening(environment: Environment, port: Port | int) -> str:
    """Where a part that is not public listens: on loopback, where the host's network is shared."""
    return f"{listen_address(environment) if isinstance(environment.platform, Compose) else ''}:{int(port)}"


Told = tuple[NodeKind, tuple[str, ...]]


@singledispatch
def _told(part: object, environment: Environment) -> Told:
    """Kind and details of a part; each type has its own below."""
    raise TypeError(f"{type(part).__name__} of {environment.name} has no picture")


@_told.register(Webapp)
def _(part: Webapp, environment: Environment) -> Told:
    django = f"Django {part.django}, Uvicorn" if part.django else "Uvicorn"
    if isinstance(environment.platform, Compose):
        return NodeKind.PROCESS, (django, "blue or green")
    return NodeKind.PROCESS, (django, _replicas(part.replicas, f":{int(part.port)}"))


@_told.register(CeleryWorker)
def _(part: CeleryWorker, _environment: Environment) -> Told:
    return NodeKind.PROCESS, (_replicas(part.replicas, "Celery"), f"queue {', '.join(part.queues)}")


@_told.register(CeleryBeat)
def _(_part: CeleryBeat, _environment: Environment) -> Told:
    return NodeKind.PROCESS, ("Celery scheduler",)


@_told.register(Flower)
def _(part: Flower, environment: Environment) -> Told:
    return NodeKind.PROCESS, ("Celery monitor", listening(environment, part.port))


@_told.register(Redis)
def _(part: Redis, environment: Environment) -> Told:
    return NodeKind.STORE, (f"Redis {part.version}", ", ".join(part.roles), listening(environment, part.port))


@_told.register(PostgresqlStatefulSet)
def _(part: PostgresqlStatefulSet, environment: Environment) -> Told:
    return NodeKind.STORE, (f"PostgreSQL {part.version}", f"{part.storage}", listening(environment, part.port))


@_told.register(PostgresqlRds)
def _(part: PostgresqlRds, _environment: Environment) -> Told:
    return NodeKind.STORE, (f"RDS {part.instance_class}", f"PostgreSQL {part.version}, :{int(part.port)}")


@_told.register(Nginx)
def _(part: Nginx, environment: Environment) -> Told:
    if not isinstance(environment.platform, Compose):
        return NodeKind.PROCESS, (f"Nginx {part.version}", f":{STATIC_FILES_PORT}")
    ports = [part.http_port, *([part.https_port] if environment.tls else [])]
    return NodeKind.PROXY, (f"Nginx {part.version}", " ".join(f":{int(port)}" for port in ports))


@_told.register(StaticFiles)
def _(part: StaticFiles, _environment: Environment) -> Told:
    return NodeKind.VOLUME, (f"volume, {part.url}",)


@_told.register(Migration)
def _(_part: Migration, _environment: Environment) -> Told:
    return NodeKind.JOB, ("once a release",)


@_told.register(Job)
def _(_part: Job, _environment: Environment) -> Told:
    return NodeKind.JOB, ("once a release",)


@_told.register(Cron)
def _(part: Cron, _environment: Environment) -> Told:
    return NodeKind.JOB, (f"at {part.schedule}",)


@_told.register(Container)
def _(part: Container, environment: Environment) -> Told:
    return NodeKind.PROCESS, (
        f"{part.image}" if part.image else "",
        listening(environment, part.port) if part.port else "",
    )


def _replicas(count: int, what: str) -> str:
    return f"{what}, {count} replicas" if count > 1 else what
