"""The parts of a stack as nodes: what each is, its version, and where it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from kkinfra.spec.wiring import STATIC_FILES_PORT
from kkinfra.views.diagrams.flows import data_flows
from kkinfra.views.diagrams.graph import Edge, EdgeKind, Group, GroupKind, Node, NodeKind, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def data_edges(environment: Environment) -> Iterator[Edge]:
    """Who talks to whom inside the stack."""
    for flow in data_flows(environment):
        yield Edge(node_id(environment, flow.source), node_id(environment, flow.target), flow.protocol, EdgeKind.DATA)


def databases_outside(environment: Environment) -> Iterator[Piece]:
    """Databases of AWS, beside what does not run there."""
    for name, _ in environment.parts(PostgresqlRds):
        cloud = Group(place_id(environment, "aws"), "AWS", GroupKind.CLOUD)
        yield Piece((cloud,), (part_node(environment, name, cloud.id),))


def namespace(id_: str, name: str, cluster: str) -> Group:
    """A namespace of the group `cluster`."""
    return Group(id_, name, GroupKind.NAMESPACE, cluster, ("namespace",))


def listening(environment: Environment, port: Port | int) -> str:
    """Where a part that is not public listens: on loopback, where the host's network is shared."""
    platform = environment.platform
    return f"{platform.listen_address if platform.shares_network else ''}:{int(port)}"


Told = tuple[NodeKind, tuple[str, ...]]


def _told(part: object, environment: Environment) -> Told:  # noqa: C901, PLR0911, PLR0912 - one case a kind
    """Kind and details of a part."""
    match part:
        case Webapp():
            return NodeKind.PROCESS, _webapp(part, environment)
        case CeleryWorker():
            return NodeKind.PROCESS, (_replicas(part.replicas, "Celery"), f"queue {', '.join(part.queues)}")
        case CeleryBeat():
            return NodeKind.PROCESS, ("Celery scheduler",)
        case Flower():
            return NodeKind.PROCESS, ("Celery monitor", listening(environment, part.port))
        case Redis():
            return NodeKind.STORE, (f"Redis {part.version}", ", ".join(part.roles), listening(environment, part.port))
        case PostgresqlStatefulSet():
            return NodeKind.STORE, (f"PostgreSQL {part.version}", f"{part.storage}", listening(environment, part.port))
        case PostgresqlRds():
            return NodeKind.STORE, (f"RDS {part.instance_class}", f"PostgreSQL {part.version}, :{int(part.port)}")
        case Nginx():
            return _nginx(part, environment)
        case StaticFiles():
            return NodeKind.VOLUME, (f"volume, {part.url}",)
        case Migration() | Job():
            return NodeKind.JOB, ("once a release",)
        case Cron():
            return NodeKind.JOB, (f"at {part.schedule}",)
        case Container():
            port = listening(environment, part.port) if part.port else ""
            return NodeKind.PROCESS, (f"{part.image or ''}", port)
        case _:
            raise TypeError(f"{type(part).__name__} of {environment.name} has no picture")


def _webapp(webapp: Webapp, environment: Environment) -> tuple[str, str]:
    runs = f"Django {webapp.django}, Uvicorn" if webapp.django else "Uvicorn"
    if environment.platform.has_colours:
        return runs, "blue or green"
    return runs, _replicas(webapp.replicas, f":{int(webapp.port)}")


def _nginx(nginx: Nginx, environment: Environment) -> Told:
    if not environment.platform.nginx_is_entrance:
        return NodeKind.PROCESS, (f"Nginx {nginx.version}", f":{STATIC_FILES_PORT}")
    ports = [nginx.http_port, *([nginx.https_port] if environment.tls else [])]
    return NodeKind.PROXY, (f"Nginx {nginx.version}", " ".join(f":{int(port)}" for port in ports))


def _replicas(count: int, what: str) -> str:
    return f"{what}, {count} replicas" if count > 1 else what
